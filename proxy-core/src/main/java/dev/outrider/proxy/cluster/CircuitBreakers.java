package dev.outrider.proxy.cluster;

/// Limits of one cluster, counted over all workers (Envoy cluster.v3.CircuitBreakers).
public record CircuitBreakers(Thresholds normal, Thresholds high) {
  public static final CircuitBreakers DEFAULT =
      new CircuitBreakers(Thresholds.DEFAULT, Thresholds.DEFAULT);

  public Thresholds of(Priority priority) {
    return switch (priority) {
      case DEFAULT -> normal;
      case HIGH -> high;
    };
  }

  /// 0 is a limit of zero, not "no limit". Values above 2^31-1 are given as that.
  public record Thresholds(
      int maxConnections, int maxPendingRequests, int maxRequests, int maxRetries) {
    public static final Thresholds DEFAULT = new Thresholds(1024, 1024, 1024, 3);
  }
}
