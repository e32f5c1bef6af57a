package dev.outrider.proxy.network.tcp_proxy;

import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.stream.AccessLogger;
import java.util.List;

/// How one chain forwards its connections (Envoy `filters.network.tcp_proxy.v3.TcpProxy`).
///
/// @param statPrefix owner of `tcp.<statPrefix>.*`
/// @param idleMillis how long nothing may move; 0 = for ever
/// @param maxDurationMillis of a client's connection; 0 = no limit
/// @param connectAttempts at least 1
/// @param accessLogs written for every connection, at its end
/// @param logOptions when they are written besides
record TcpProxySpec(
    String statPrefix,
    ClusterChoice clusters,
    long idleMillis,
    long maxDurationMillis,
    int connectAttempts,
    List<AccessLogger> accessLogs,
    AccessLogOptions logOptions) {
  static final long DEFAULT_IDLE_MILLIS = 3_600_000;

  TcpProxySpec {
    accessLogs = List.copyOf(accessLogs);
  }
}
