package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.ListenerInfo;
import java.util.List;

/// A listening address and what is served there (Envoy `config.listener.v3.Listener`).
///
/// @param name unique among listeners
/// @param address where to bind; two versions with an equal address share their sockets. Port 0 =
///   chosen by the system
/// @param statPrefix owner of `listener.<statPrefix>.*`: as configured, or the address with `:` as
///   `_`
/// @param chains what accepted connections get
/// @param filters what is done with them before
/// @param bound false: it has no socket and only gets connections that another listener hands over
/// @param exempt its connections do not count for the limit of all connections
/// @param bufferLimitBytes soft limit of one connection's buffers; 1 MiB unless configured
/// @param backlog of the listening socket; 0 = the system's
/// @param drainType what makes its connections end besides its own end
/// @param accessLogs told of every connection that has ended
/// @param origin who configured it
/// @param info what its streams tell about it
public record ListenerConfig(
    String name,
    HostPort address,
    String statPrefix,
    FilterChains chains,
    ListenerFilters filters,
    boolean bound,
    boolean exempt,
    int bufferLimitBytes,
    int backlog,
    DrainType drainType,
    List<AccessLogger> accessLogs,
    ConfigOrigin origin,
    ListenerInfo info) {

  /// Envoy's default buffer limit.
  public static final int DEFAULT_BUFFER_LIMIT_BYTES = 1 << 20;

  public ListenerConfig {
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
        address,
        statPrefix,
        FilterChains.of(chain),
        ListenerFilters.NONE,
        true,
        false,
        bufferLimitBytes,
        backlog,
        DrainType.DEFAULT,
        List.of(),
        origin,
        ListenerInfo.NONE);
  }

  /// The same on another address.
  public ListenerConfig at(HostPort other) {
    return with(other, chains);
  }

  private ListenerConfig with(HostPort otherAddress, FilterChains otherChains) {
    return new ListenerConfig(
        name,
        otherAddress,
        statPrefix,
        otherChains,
        filters,
        bound,
        exempt,
        bufferLimitBytes,
        backlog,
        drainType,
        accessLogs,
        origin,
        info);
  }

  /// Whether `next` is the same but for its chains: then the connections of chains that did not
  /// change stay.
  public boolean differsInChainsOnly(ListenerConfig next) {
    return with(address, next.chains).equals(next);
  }
}
