package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LocalityRule.ZoneAware;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The first priority where endpoints of our own locality are preferred.
final class ZoneAwareLevel implements PriorityPicker.Level {
  private static final int WHOLE = 10_000;

  private final ZoneAware rule;
  private final ZoneShares shares;
  private final boolean localPanic;
  private final ListPicker[] healthy;
  private final ListPicker[] degraded;
  private final PriorityPicker.Level anywhere;
  private final PickerScope scope;

  /// @param localPanic whether too few of the proxies beside us are healthy to count them
  /// @param anywhere chooses where the locality is not to matter
  ZoneAwareLevel(
      ZoneAware rule,
      ZoneShares shares,
      boolean localPanic,
      List<LocalityHosts> localities,
      ListPickers pickers,
      PriorityPicker.Level anywhere,
      PickerScope scope) {
    this.rule = rule;
    this.shares = shares;
    this.localPanic = localPanic;
    this.healthy =
        pickers(localities.stream().map(each -> each.hosts().healthy()).toList(), pickers);
    this.degraded =
        pickers(localities.stream().map(each -> each.hosts().degraded()).toList(), pickers);
    this.anywhere = anywhere;
    this.scope = scope;
  }

  private static ListPicker[] pickers(List<List<Endpoint>> lists, ListPickers pickers) {
    return lists.stream().map(pickers).toArray(ListPicker[]::new);
  }

  @Override
  public @Nullable Endpoint pick(boolean wantsDegraded, long random) {
    if (rule.percent() < 100 && scope.random().nextInt(100) >= rule.percent()) {
      return anywhere.pick(wantsDegraded, random);
    }
    if (localPanic) {
      scope.cells().inc(ClusterStats.LB_LOCAL_CLUSTER_NOT_OK);
      return rule.failsOnPanic() ? null : anywhere.pick(wantsDegraded, random);
    }
    return (wantsDegraded ? degraded : healthy)[locality(scope.random())].pick(random);
  }

  private int locality(RandomGenerator random) {
    if (shares.direct()) {
      scope.cells().inc(ClusterStats.LB_ZONE_ROUTING_ALL_DIRECTLY);
      return 0;
    }
    if (random.nextInt(WHOLE) < shares.localPart()) {
      scope.cells().inc(ClusterStats.LB_ZONE_ROUTING_SAMPLED);
      return 0;
    }
    scope.cells().inc(ClusterStats.LB_ZONE_ROUTING_CROSS_ZONE);
    if (shares.residual() == 0) {
      scope.cells().inc(ClusterStats.LB_ZONE_NO_CAPACITY_LEFT);
      return random.nextInt(healthy.length);
    }
    return shares.localityOf(random.nextLong(shares.residual()));
  }
}
