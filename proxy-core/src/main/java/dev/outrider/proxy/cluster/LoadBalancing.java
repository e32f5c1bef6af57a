package dev.outrider.proxy.cluster;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// How a cluster's requests are spread over its endpoints.
///
/// @param healthyPanicPercent below this share of available endpoints all are used; 0..100
/// @param overrideHostStatus in which states an endpoint may be that a session sticks to
/// @param renewsOnChange connections take no more requests once members have come or gone
/// @param ignoresUnchecked new endpoints count for nothing until their first active check
public record LoadBalancing(
    LbPolicy policy,
    int healthyPanicPercent,
    Set<HealthStatus> overrideHostStatus,
    boolean renewsOnChange,
    boolean ignoresUnchecked) {
  public static final Set<HealthStatus> DEFAULT_OVERRIDE_HOST_STATUS =
      Collections.unmodifiableSet(
          EnumSet.of(HealthStatus.UNKNOWN, HealthStatus.HEALTHY, HealthStatus.DEGRADED));

  /// Envoy's.
  public static final LoadBalancing DEFAULT = new LoadBalancing(LbPolicy.ROUND_ROBIN, 50);

  public LoadBalancing(LbPolicy policy, int healthyPanicPercent) {
    this(policy, healthyPanicPercent, DEFAULT_OVERRIDE_HOST_STATUS, false, false);
  }

  /// Whether it matters which proxies run beside us.
  public boolean zoneAware() {
    return zoneAware(policy);
  }

  private static boolean zoneAware(LbPolicy policy) {
    return switch (policy) {
      case LbPolicy.RoundRobin(var rule, _) -> rule instanceof LocalityRule.ZoneAware;
      case LbPolicy.LeastRequest least -> least.localities() instanceof LocalityRule.ZoneAware;
      case LbPolicy.AtRandom(var rule) -> rule instanceof LocalityRule.ZoneAware;
      case LbPolicy.Subset(_, var each) -> zoneAware(each);
      case LbPolicy.OverrideHost(_, var otherwise) -> zoneAware(otherwise);
      case LbPolicy.RingHash _, LbPolicy.Maglev _, LbPolicy.ClusterProvided _ -> false;
    };
  }

  /// Whether nothing is to be seen of the policy before it chooses for the first time: no
  /// statistic, and no endpoint whose slow start would begin later.
  public boolean canWait() {
    if (policy instanceof LbPolicy.RoundRobin turns) {
      return turns.slowStart() == null && turns.localities().equals(LocalityRule.NONE);
    }
    if (policy instanceof LbPolicy.LeastRequest least) {
      return least.slowStart() == null && least.localities().equals(LocalityRule.NONE);
    }
    return policy instanceof LbPolicy.AtRandom any && any.localities().equals(LocalityRule.NONE);
  }
}
