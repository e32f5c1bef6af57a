package dev.outrider.proxy.cluster;

/// How a cluster's requests are spread over its endpoints.
///
/// @param healthyPanicPercent below this share of healthy endpoints all are used; 0..100
public record LoadBalancing(LbPolicy policy, int healthyPanicPercent) {
  /// Envoy's.
  public static final LoadBalancing DEFAULT = new LoadBalancing(LbPolicy.ROUND_ROBIN, 50);
}
