package dev.outrider.proxy.network.tcp_proxy;

import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.routing.HashPolicy;
import dev.outrider.proxy.stream.AccessLogger;
import java.util.List;

/// How one chain forwards its connections (Envoy `filters.network.tcp_proxy.v3.TcpProxy`).
///
/// @param statPrefix owner of `tcp.<statPrefix>.*`
/// @param targets not empty; one of them is chosen for each attempt
/// @param hashPolicies what connections are spread over the endpoints by, if the cluster goes by it
/// @param accessLogs written for every connection, at its end
/// @param logOptions when they are written besides
record TcpProxySpec(
    String statPrefix,
    List<Target> targets,
    List<HashPolicy> hashPolicies,
    ConnectRules connects,
    ConnectionClocks clocks,
    List<AccessLogger> accessLogs,
    AccessLogOptions logOptions) {

  TcpProxySpec {
    targets = List.copyOf(targets);
    hashPolicies = List.copyOf(hashPolicies);
    accessLogs = List.copyOf(accessLogs);
  }

  /// The same with these logs.
  TcpProxySpec logging(List<AccessLogger> loggers) {
    return new TcpProxySpec(
        statPrefix, targets, hashPolicies, connects, clocks, loggers, logOptions);
  }

  /// One cluster.
  ///
  /// @param weight unsigned 32-bit, at least 1
  /// @param demands of the endpoints' metadata
  record Target(String cluster, long weight, LbMetadata demands) {}

  /// How often a service is tried.
  ///
  /// @param attempts at least 1
  /// @param backOffMillis the bound of the first random wait, which doubles; 0 = no wait
  /// @param maxBackOffMillis of the bound, not below `backOffMillis`
  record ConnectRules(int attempts, long backOffMillis, long maxBackOffMillis) {
    static final ConnectRules ONCE = new ConnectRules(1, 0, 0);
  }

  /// How long a client's connection may last.
  ///
  /// @param idleMillis how long nothing may move; 0 = for ever
  /// @param maxMillis 0 = no limit
  /// @param jitterPercent by how much `maxMillis` may be longer, at random
  record ConnectionClocks(long idleMillis, long maxMillis, double jitterPercent) {
    static final long DEFAULT_IDLE_MILLIS = 3_600_000;

    /// How much of the jitter there can be.
    long jitterMillis() {
      return (long) Math.ceil(maxMillis * (jitterPercent / 100));
    }
  }
}
