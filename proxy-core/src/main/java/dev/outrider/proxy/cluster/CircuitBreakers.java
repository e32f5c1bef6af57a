package dev.outrider.proxy.cluster;

import org.jspecify.annotations.Nullable;

/// Limits of one cluster, counted over all workers (Envoy cluster.v3.CircuitBreakers).
public record CircuitBreakers(Thresholds normal, Thresholds high, PerHost perHost) {
  public static final CircuitBreakers DEFAULT =
      new CircuitBreakers(Thresholds.DEFAULT, Thresholds.DEFAULT);

  /// With no limits of single endpoints.
  public CircuitBreakers(Thresholds normal, Thresholds high) {
    this(normal, high, PerHost.NONE);
  }

  /// How many connections one endpoint may have, over all workers, by priority.
  public record PerHost(int normal, int high) {
    public static final PerHost NONE = new PerHost(Integer.MAX_VALUE, Integer.MAX_VALUE);

    public int connections(Priority priority) {
      return switch (priority) {
        case DEFAULT -> normal;
        case HIGH -> high;
      };
    }
  }

  public Thresholds of(Priority priority) {
    return switch (priority) {
      case DEFAULT -> normal;
      case HIGH -> high;
    };
  }

  /// 0 is a limit of zero, not "no limit". Values above 2^31-1 are given as that.
  ///
  /// @param retryBudget takes the place of `maxRetries`; null = there is none
  /// @param maxPools of connections of one kind to one endpoint from one loop
  /// @param tracksRemaining whether it is shown how much room there is
  public record Thresholds(
      int maxConnections,
      int maxPendingRequests,
      int maxRequests,
      int maxRetries,
      @Nullable RetryBudget retryBudget,
      int maxPools,
      boolean tracksRemaining) {
    public static final Thresholds DEFAULT = new Thresholds(1024, 1024, 1024, 3);

    /// As many pools as it takes.
    public Thresholds(
        int maxConnections,
        int maxPendingRequests,
        int maxRequests,
        int maxRetries,
        @Nullable RetryBudget retryBudget) {
      this(
          maxConnections,
          maxPendingRequests,
          maxRequests,
          maxRetries,
          retryBudget,
          Integer.MAX_VALUE,
          false);
    }

    public Thresholds(int maxConnections, int maxPendingRequests, int maxRequests, int maxRetries) {
      this(maxConnections, maxPendingRequests, maxRequests, maxRetries, null);
    }
  }

  /// How many retries there may be at a time, by the number of requests.
  ///
  /// @param percent of the requests that are under way or wait for a connection; 0..100
  /// @param minRetries so many there may be in any case
  public record RetryBudget(double percent, int minRetries) {
    public static final RetryBudget DEFAULT = new RetryBudget(20, 3);

    int allows(long requests) {
      return (int)
          Math.min(Integer.MAX_VALUE, Math.max((long) (percent / 100 * requests), minRetries));
    }
  }
}
