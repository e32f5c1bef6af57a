package dev.outrider.proxy.cluster;

/// Which set of circuit breakers a request counts against (Envoy core.v3.RoutingPriority).
public enum Priority {
  DEFAULT,
  HIGH
}
