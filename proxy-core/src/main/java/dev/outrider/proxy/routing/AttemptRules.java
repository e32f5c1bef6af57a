package dev.outrider.proxy.routing;

/// How a forwarded request is tried, and what the two sides are told of it: what its route says,
/// else its virtual host.
///
/// @param hedges an attempt that is too slow goes on beside the next one (Envoy
///   route.v3.HedgePolicy)
/// @param countsInRequest the service is told the number of the attempt
/// @param countsInResponse the client is told how many there were
/// @param marksTimeoutRetries the service is told whether its predecessor was too slow
/// @param bodyLimit bytes of a request that are kept for another attempt; -1 = as the listener says
/// @param bodyLimitInListener nor more than so many, if it is the listener's that counts
public record AttemptRules(
    RetryPolicy retry,
    boolean hedges,
    boolean countsInRequest,
    boolean countsInResponse,
    boolean marksTimeoutRetries,
    long bodyLimit,
    long bodyLimitInListener) {
  /// Of which nothing is said.
  public static final AttemptRules NONE =
      new AttemptRules(RetryPolicy.NONE, false, false, false, false, -1, Long.MAX_VALUE);
}
