package dev.outrider.proxy.cluster;

/// How the names of a cluster's endpoints become addresses (Envoy clusters.dns.v3.DnsCluster).
///
/// @param refreshMillis between a good answer and the next question; more than zero
/// @param respectTtl the answer itself says when to ask again, where it says more than zero
/// @param jitterMillis a random time below this is added behind a good answer; 0 = none
/// @param singleEndpoint all addresses of the name are one endpoint (LOGICAL_DNS)
public record DnsOptions(
    long refreshMillis,
    FailureRefresh failureRefresh,
    boolean respectTtl,
    long jitterMillis,
    DnsFamily family,
    boolean singleEndpoint,
    DnsResolverSpec resolver) {
  public static final long DEFAULT_REFRESH_MILLIS = 5_000;

  /// When to ask again behind a failure: after `baseMillis`, or, if `maxMillis` is more than zero,
  /// after a random time below a bound that doubles from the one to the other.
  public record FailureRefresh(long baseMillis, long maxMillis) {}
}
