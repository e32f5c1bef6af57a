package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.LocalityRule;
import dev.outrider.proxy.cluster.LocalityRule.ZoneAware;
import dev.outrider.proxy.cluster.SpreadPolicy;

/// Builds what chooses inside a priority that does not panic, as the policy's rule about localities
/// says.
record Levels(
    LocalityRule rule,
    ListPickers pickers,
    SpreadPolicy spread,
    int panicPercent,
    PickerScope scope) {

  PriorityPicker.Level of(int priority, HostSet set) {
    var plain = new PlainLevel(pickers.apply(set.healthy()), pickers.apply(set.degraded()));
    return switch (rule) {
      case LocalityRule.Anywhere _ -> plain;
      case LocalityRule.ByWeight _ ->
          new LocalityWeightedLevel(
              LocalityHosts.of(priority, set.all(), spread, scope.local().locality()),
              spread.overprovisioningFactor(),
              pickers,
              plain,
              scope.random());
      case ZoneAware zones -> {
        var proxies = scope.local().proxies();
        yield priority == 0 && proxies != null ? zoneAware(zones, set, proxies, plain) : plain;
      }
    };
  }

  private PriorityPicker.Level zoneAware(
      ZoneAware zones, HostSet set, EndpointSet proxies, PriorityPicker.Level plain) {
    scope.cells().inc(ClusterStats.LB_RECALCULATE_ZONE_STRUCTURES);
    var own = scope.local().locality();
    var upstream = LocalityHosts.of(0, set.all(), spread, own);
    var beside = LocalityHosts.of(0, proxies.endpoints(), proxies.policy(), own);
    if (upstream.size() < 2 || (zones.forceLocalMin() == 0 && beside.size() < 2)) {
      return plain;
    }
    if (beside.isEmpty() || !beside.getFirst().isOwn(own)) {
      scope.cells().inc(ClusterStats.LB_LOCAL_CLUSTER_NOT_OK);
      return plain;
    }
    if (set.healthy().size() < zones.minClusterSize()) {
      scope.cells().inc(ClusterStats.LB_ZONE_CLUSTER_TOO_SMALL);
      return plain;
    }
    return new ZoneAwareLevel(
        zones,
        ZoneShares.of(zones, upstream, beside, own),
        HostSet.of(proxies.endpoints()).panics(panicPercent),
        upstream,
        pickers,
        plain,
        scope);
  }
}
