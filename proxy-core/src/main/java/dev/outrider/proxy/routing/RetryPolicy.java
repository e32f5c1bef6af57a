package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When and how often a request is sent once more (Envoy route.v3.RetryPolicy).
///
/// @param on bits of [RetryOn]
/// @param retries how often, beside the first time
/// @param perTryTimeout of one attempt, from the end of the request; zero = none
/// @param perTryIdleTimeout without anything of the response; zero = none
/// @param rateLimited where the service itself says how long to wait; null = it is not asked
/// @param statusCodes of [RetryOn#RETRIABLE_STATUS_CODES]
/// @param headers of [RetryOn#RETRIABLE_HEADERS]: any one of them in the response
/// @param requestHeaders any one of them in the request, or nothing is retried; empty = no matter
public record RetryPolicy(
    int on,
    int retries,
    Duration perTryTimeout,
    Duration perTryIdleTimeout,
    BackOff backOff,
    @Nullable RateLimitedBackOff rateLimited,
    RetryHosts hosts,
    List<Integer> statusCodes,
    List<HeaderTest> headers,
    List<HeaderTest> requestHeaders) {
  /// Nothing is retried, unless a request asks for it.
  public static final RetryPolicy NONE =
      new RetryPolicy(
          0,
          1,
          Duration.ZERO,
          Duration.ZERO,
          BackOff.DEFAULT,
          null,
          RetryHosts.ANY,
          List.of(),
          List.of(),
          List.of());

  public RetryPolicy {
    statusCodes = List.copyOf(statusCodes);
    headers = List.copyOf(headers);
    requestHeaders = List.copyOf(requestHeaders);
  }

  /// Waits a random time before each retry, below a bound that doubles.
  ///
  /// @param base the first bound, at least 1 ms
  /// @param max of the bound, not below `base`
  public record BackOff(Duration base, Duration max) {
    /// Envoy's.
    public static final BackOff DEFAULT = ofBase(Duration.ofMillis(25));

    /// With Envoy's maximum.
    public static BackOff ofBase(Duration base) {
      return new BackOff(base, base.multipliedBy(10));
    }
  }

  /// A wait as long as the service asks for.
  ///
  /// @param headers the first that says it counts
  /// @param max a service that asks for more is not listened to
  public record RateLimitedBackOff(List<ResetHeader> headers, Duration max) {
    /// Envoy's.
    public static final Duration DEFAULT_MAX = Duration.ofMinutes(5);

    public RateLimitedBackOff {
      headers = List.copyOf(headers);
    }
  }

  /// A header of the response that says when the next request is welcome.
  ///
  /// @param timestamp as seconds since 1970, else as seconds from now
  public record ResetHeader(HeaderName name, boolean timestamp) {}
}
