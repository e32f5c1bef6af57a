package dev.outrider.proxy.health;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;

/// Makes probes of the hosts of a cluster.
@FunctionalInterface
public interface Probes {
  /// Connects when it is first used.
  ///
  /// @param onVerified told whenever the name of a service is compared
  Probe of(Cluster cluster, Endpoint endpoint, HealthCheckSpec spec, Runnable onVerified);
}
