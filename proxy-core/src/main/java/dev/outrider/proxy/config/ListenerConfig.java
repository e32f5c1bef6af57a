package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.ListenerInfo;
import java.util.ArrayList;
import java.util.List;

/// Listening addresses and what is served there (Envoy `config.listener.v3.Listener`).
///
/// @param name unique among listeners
/// @param sockets where to bind, at least one; the first names the listener. Two versions with
///   equal ones share them
/// @param statPrefix owner of `listener.<statPrefix>.*`: as configured, or the address with `:` as
///   `_`
/// @param chains what accepted connections get
/// @param filters what is done with them before
/// @param binding how the sockets take connections
/// @param exempt its connections do not count for the limit of all connections
/// @param bufferLimitBytes soft limit of one connection's buffers; 1 MiB unless configured
/// @param drainType what makes its connections end besides its own end
/// @param accessLogs told of every connection that has ended
/// @param origin who configured it
/// @param info what its streams tell about it
public record ListenerConfig(
    String name,
    List<ListenerSocket> sockets,
    String statPrefix,
    FilterChains chains,
    ListenerFilters filters,
    BindOptions binding,
    boolean exempt,
    int bufferLimitBytes,
    DrainType drainType,
    List<AccessLogger> accessLogs,
    ConfigOrigin origin,
    ListenerInfo info) {

  /// Envoy's default buffer limit.
  public static final int DEFAULT_BUFFER_LIMIT_BYTES = 1 << 20;

  public ListenerConfig {
    sockets = List.copyOf(sockets);
    accessLogs = List.copyOf(accessLogs);
  }

  /// With one chain, of which its streams tell nothing.
  public ListenerConfig(
      String name,
      HostPort address,
      String statPrefix,
      FilterChain chain,
      int bufferLimitBytes,
      int backlog,
      ConfigOrigin origin) {
    this(
        name,
        List.of(new ListenerSocket(address)),
        statPrefix,
        FilterChains.of(chain),
        ListenerFilters.NONE,
        new BindOptions(true, true, backlog, 0),
        false,
        bufferLimitBytes,
        DrainType.DEFAULT,
        List.of(),
        origin,
        ListenerInfo.NONE);
  }

  /// The first of them.
  public HostPort address() {
    return sockets.getFirst().address();
  }

  /// Whether that is one of its addresses.
  public boolean isAt(HostPort address) {
    return sockets.stream().anyMatch(socket -> socket.address().equals(address));
  }

  /// The same on other addresses, as many as it has.
  public ListenerConfig at(List<HostPort> others) {
    var moved = new ArrayList<ListenerSocket>();
    for (var i = 0; i < sockets.size(); i++) {
      moved.add(sockets.get(i).at(others.get(i)));
    }
    return with(moved, chains);
  }

  private ListenerConfig with(List<ListenerSocket> otherSockets, FilterChains otherChains) {
    return new ListenerConfig(
        name,
        otherSockets,
        statPrefix,
        otherChains,
        filters,
        binding,
        exempt,
        bufferLimitBytes,
        drainType,
        accessLogs,
        origin,
        info);
  }

  /// Whether `next` is the same but for its chains: then the connections of chains that did not
  /// change stay.
  public boolean differsInChainsOnly(ListenerConfig next) {
    return with(sockets, next.chains).equals(next);
  }
}
