package dev.outrider.proxy.cluster;

/// Whether it matters to a policy where endpoints run (Envoy `LocalityLbConfig`).
public sealed interface LocalityRule {
  /// It does not.
  LocalityRule NONE = new Anywhere();

  record Anywhere() implements LocalityRule {}

  /// Localities are chosen by the weights that the control plane gives them.
  record ByWeight() implements LocalityRule {}

  /// Endpoints of our own locality are preferred, as far as they can take the load of all proxies
  /// there.
  ///
  /// @param percent of the requests for which that holds
  /// @param minClusterSize healthy endpoints below which it does not
  /// @param failsOnPanic requests fail when too few endpoints are healthy, in place of going to all
  /// @param forceLocalMin endpoints of our locality from which on it takes everything; 0 = never
  /// @param byHostWeight capacity is the sum of weights, not the number of endpoints
  record ZoneAware(
      int percent,
      long minClusterSize,
      boolean failsOnPanic,
      int forceLocalMin,
      boolean byHostWeight)
      implements LocalityRule {
    public static final int DEFAULT_MIN_CLUSTER_SIZE = 6;
  }
}
