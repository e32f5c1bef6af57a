package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.stream.ListenerInfo;

/// A listening address and what is served there (Envoy `config.listener.v3.Listener`).
///
/// @param name unique among listeners
/// @param address where to bind; two versions with an equal address share their sockets. Port 0 =
///   chosen by the system
/// @param statPrefix owner of `listener.<statPrefix>.*`: as configured, or the address with `:` as
///   `_`
/// @param chain what accepted connections get
/// @param bufferLimitBytes soft limit of one connection's buffers; 1 MiB unless configured
/// @param backlog of the listening socket; 0 = the system's
/// @param drainType what makes its connections end besides its own end
/// @param origin who configured it
/// @param info what its streams tell about it
public record ListenerConfig(
    String name,
    HostPort address,
    String statPrefix,
    FilterChain chain,
    int bufferLimitBytes,
    int backlog,
    DrainType drainType,
    ConfigOrigin origin,
    ListenerInfo info) {

  /// Envoy's default buffer limit.
  public static final int DEFAULT_BUFFER_LIMIT_BYTES = 1 << 20;

  /// Of which its streams tell nothing.
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
        chain,
        bufferLimitBytes,
        backlog,
        DrainType.DEFAULT,
        origin,
        ListenerInfo.NONE);
  }

  /// Whether `next` could serve on the same sockets, only with another chain.
  public boolean differsInChainOnly(ListenerConfig next) {
    return new ListenerConfig(
            name,
            address,
            statPrefix,
            next.chain,
            bufferLimitBytes,
            backlog,
            drainType,
            origin,
            info)
        .equals(next);
  }
}
