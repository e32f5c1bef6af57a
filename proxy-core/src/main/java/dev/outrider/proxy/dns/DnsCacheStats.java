package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.Limit;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;

/// What a [DnsCache] counts under `dns_cache.<name>.`, with Envoy's names.
public final class DnsCacheStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int QUERY_ATTEMPT = STATS.counter("dns_query_attempt");
  public static final int QUERY_SUCCESS = STATS.counter("dns_query_success");
  public static final int QUERY_FAILURE = STATS.counter("dns_query_failure");
  public static final int QUERY_TIMEOUT = STATS.counter("dns_query_timeout");
  public static final int PENDING_OVERFLOW = STATS.counter("dns_rq_pending_overflow");
  public static final int HOST_ADDED = STATS.counter("host_added");
  public static final int HOST_ADDRESS_CHANGED = STATS.counter("host_address_changed");
  public static final int HOST_OVERFLOW = STATS.counter("host_overflow");
  public static final int HOST_REMOVED = STATS.counter("host_removed");
  public static final int NUM_HOSTS = STATS.gauge("num_hosts");

  static final int PENDING_OPEN = STATS.gauge("circuit_breakers.rq_pending_open");
  static final int PENDING_REMAINING = STATS.gauge("circuit_breakers.rq_pending_remaining");

  public static final StatTemplate TEMPLATE = STATS.template();

  private DnsCacheStats() {}

  /// `circuit_breakers.*`, worked out when somebody looks.
  record Breaker(Limit pending) implements StatOwner.LiveGauges {
    @Override
    public boolean computes(int stat) {
      return stat == PENDING_OPEN || stat == PENDING_REMAINING;
    }

    @Override
    public long value(int stat) {
      var left = Math.max(0, pending.max() - pending.inUse());
      return stat == PENDING_REMAINING ? left : left == 0 ? 1 : 0;
    }
  }
}
