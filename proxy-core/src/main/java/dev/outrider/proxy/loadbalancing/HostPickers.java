package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LbPolicy.ConsistentHashing;
import dev.outrider.proxy.cluster.LocalityRule;
import dev.outrider.proxy.cluster.SpreadPolicy;
import dev.outrider.proxy.loadbalancing.hashing.BoundedLoads;
import dev.outrider.proxy.loadbalancing.hashing.HashRing;
import dev.outrider.proxy.loadbalancing.hashing.HashTable;
import dev.outrider.proxy.loadbalancing.hashing.MaglevTable;
import dev.outrider.proxy.loadbalancing.hashing.WeightedHosts;
import java.util.ArrayList;
import java.util.List;

/// Builds the picker that a cluster's policy asks for.
public final class HostPickers {
  private final int panicPercent;
  private final PickerScope scope;

  private HostPickers(int panicPercent, PickerScope scope) {
    this.panicPercent = panicPercent;
    this.scope = scope;
  }

  /// A picker over `endpoints` as they are now: the caller makes a new one for a new set, or when
  /// health changed, there or among the proxies beside us.
  public static HostPicker of(Cluster cluster, EndpointSet endpoints, PickerScope scope) {
    var rules = cluster.loadBalancing();
    var policy =
        new HostPickers(rules.healthyPanicPercent(), scope)
            .picker(rules.policy(), endpoints.endpoints(), endpoints.policy());
    return new StickyPicker(
        new AddressBook(endpoints.endpoints()), rules.overrideHostStatus(), policy);
  }

  private HostPicker picker(LbPolicy policy, List<Endpoint> endpoints, SpreadPolicy spread) {
    return switch (policy) {
      case LbPolicy.RoundRobin(var localities, var slowStart) ->
          byTurns(localities, ListPickers.roundRobin(slowStart, scope), endpoints, spread);
      case LbPolicy.LeastRequest least ->
          byTurns(least.localities(), ListPickers.leastRequest(least, scope), endpoints, spread);
      case LbPolicy.AtRandom(var localities) ->
          byTurns(localities, ListPickers.atRandom(), endpoints, spread);
      case LbPolicy.RingHash ring ->
          byHash(ring.hashing(), endpoints, spread, hosts -> new HashRing(ring, hosts), policy);
      case LbPolicy.Maglev maglev ->
          byHash(
              maglev.hashing(), endpoints, spread, hosts -> new MaglevTable(maglev, hosts), policy);
      case LbPolicy.ClusterProvided _ -> _ -> null; // the kind of cluster asks nobody
      case LbPolicy.OverrideHost named ->
          new OverrideHostPicker(
              named, new AddressBook(endpoints), picker(named.otherwise(), endpoints, spread));
      case LbPolicy.Subset(var rules, var each) ->
          new Subsets(rules, endpoints, spread, (some, scaled) -> picker(each, some, scaled))
              .picker(scope.cells());
    };
  }

  private PriorityLoads loads(List<HostSet> sets, SpreadPolicy spread) {
    return PriorityLoads.of(
        sets.stream().map(set -> set.counts(spread.weightedPriorityHealth())).toList(),
        spread.overprovisioningFactor(),
        panicPercent);
  }

  private HostPicker byTurns(
      LocalityRule rule, ListPickers pickers, List<Endpoint> endpoints, SpreadPolicy spread) {
    var sets = HostSet.byPriority(endpoints);
    var loads = loads(sets, spread);
    var fails = rule instanceof LocalityRule.ZoneAware zones && zones.failsOnPanic();
    var levels = new ArrayList<PriorityPicker.Level>(sets.size());
    for (var priority = 0; priority < sets.size(); priority++) {
      var set = sets.get(priority);
      levels.add(
          loads.panic(priority)
              ? new PanicLevel(fails ? ListPicker.NOBODY : pickers.apply(set.all()), scope.cells())
              : new Levels(rule, pickers, spread, panicPercent, scope).of(priority, set));
    }
    return new PriorityPicker(loads, levels, scope.random());
  }

  private HostPicker byHash(
      ConsistentHashing hashing,
      List<Endpoint> endpoints,
      SpreadPolicy spread,
      Maker maker,
      LbPolicy policy) {
    var sets = HostSet.byPriority(endpoints);
    var loads = loads(sets, spread);
    var tables = new ArrayList<HashTable>(sets.size());
    for (var priority = 0; priority < sets.size(); priority++) {
      var hosts = hosts(hashing, priority, sets.get(priority), loads.panic(priority), spread);
      var table =
          scope.tables().get(HashTable.class, new Parts(policy, hosts), () -> maker.of(hosts));
      scope.shown().accept(table);
      tables.add(bounded(hashing, hosts, table));
    }
    if (tables.isEmpty()) {
      scope.shown().accept(maker.of(WeightedHosts.of(List.of())));
    }
    return new HashPicker(loads, tables, scope);
  }

  private WeightedHosts hosts(
      ConsistentHashing hashing, int priority, HostSet set, boolean panic, SpreadPolicy spread) {
    if (!hashing.localityWeighted() || set.all().isEmpty()) {
      return WeightedHosts.of(panic ? set.all() : set.healthy());
    }
    return WeightedHosts.ofGroups(
        LocalityHosts.of(priority, set.all(), spread, scope.local().locality()).stream()
            .map(
                each ->
                    new WeightedHosts.Group(
                        panic ? each.hosts().all() : each.hosts().healthy(), each.weight()))
            .toList());
  }

  private HashTable bounded(ConsistentHashing hashing, WeightedHosts hosts, HashTable table) {
    return hashing.balanceFactor() == 0
        ? table
        : new BoundedLoads(table, hosts, hashing.balanceFactor(), scope.active());
  }

  /// Makes the table of a policy.
  private interface Maker {
    HashTable of(WeightedHosts hosts);
  }

  /// All that a table is made of.
  private record Parts(LbPolicy policy, WeightedHosts hosts) {}
}
