package dev.outrider.proxy.cluster;

import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// `circuit_breakers.<priority>.remaining_*`: how much the circuit breakers of one priority would
/// still let through, worked out when somebody looks. Only where that is asked for
/// (`track_remaining`).
record RemainingRoom(ClusterShared.Breakers breakers) implements StatOwner.LiveGauges {
  private static final StatTemplate.Definition STATS = StatTemplate.define();
  private static final int CONNECTIONS = STATS.gauge("remaining_cx");
  private static final int POOLS = STATS.gauge("remaining_cx_pools");
  private static final int PENDING = STATS.gauge("remaining_pending");
  private static final int RETRIES = STATS.gauge("remaining_retries");
  private static final int REQUESTS = STATS.gauge("remaining_rq");
  private static final StatTemplate TEMPLATE = STATS.template();

  /// Those that a version of a cluster asks for; to be released by the caller.
  ///
  /// @param prefix of the cluster's statistics
  static List<StatOwner> lease(
      CircuitBreakers asked,
      Function<Priority, ClusterShared.Breakers> breakers,
      MetricRegistry registry,
      String prefix) {
    var leased = new ArrayList<StatOwner>(0);
    for (var priority : Priority.values()) {
      if (asked.of(priority).tracksRemaining()) {
        var name = priority.name().toLowerCase(Locale.ROOT);
        var owner = registry.owner(TEMPLATE, prefix + ".circuit_breakers." + name);
        owner.computedBy(new RemainingRoom(breakers.apply(priority)));
        leased.add(owner);
      }
    }
    return List.copyOf(leased);
  }

  @Override
  public boolean computes(int stat) {
    return true;
  }

  @Override
  public long value(int stat) {
    if (stat == RETRIES) {
      return breakers.retriesLeft();
    }
    if (stat == CONNECTIONS) {
      return left(breakers.connections());
    }
    if (stat == POOLS) {
      return left(breakers.pools());
    }
    if (stat == PENDING) {
      return left(breakers.pending());
    }
    assert stat == REQUESTS : stat;
    return left(breakers.requests());
  }

  private static long left(Limit limit) {
    return Math.max(0L, (long) limit.max() - limit.inUse());
  }
}
