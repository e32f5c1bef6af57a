package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbPolicy.Selector;
import dev.outrider.proxy.cluster.LbPolicy.SubsetRules;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.cluster.SpreadPolicy;
import dev.outrider.proxy.cluster.SpreadPolicy.LocalityPlace;
import dev.outrider.proxy.metrics.StatCells;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Divides the endpoints of a cluster into subsets.
record Subsets(
    SubsetRules rules, List<Endpoint> endpoints, SpreadPolicy spread, Subsets.Maker maker) {

  /// Makes the picker of some of the endpoints.
  interface Maker {
    HostPicker of(List<Endpoint> endpoints, SpreadPolicy spread);
  }

  HostPicker picker(StatCells cells) {
    var subsets = new HashMap<LbMetadata, HostPicker>();
    divided().forEach((values, subset) -> subsets.put(values, subset.picker(this)));
    return new SubsetPicker(
        rules,
        subsets,
        selectorsWithFallback(),
        of(endpoints),
        of(endpoints.stream().filter(this::isDefault).toList()),
        cells);
  }

  private HostPicker of(List<Endpoint> some) {
    return maker.of(some, rules.localityWeightAware() ? scaled(some) : unweighted());
  }

  private SpreadPolicy unweighted() {
    return new SpreadPolicy(
        spread.overprovisioningFactor(),
        spread.weightedPriorityHealth(),
        spread.dropRatio(),
        Map.of());
  }

  /// A locality of which a half is left has half its weight.
  private SpreadPolicy scaled(List<Endpoint> some) {
    if (!rules.scaleLocalityWeight()) {
      return spread;
    }
    var all = count(endpoints);
    var left = count(some);
    var weights = new HashMap<LocalityPlace, Integer>();
    spread
        .localityWeights()
        .forEach(
            (place, weight) -> {
              var whole = all.getOrDefault(place, 0);
              if (whole > 0) {
                var kept = Integer.toUnsignedLong(weight) * left.getOrDefault(place, 0);
                weights.put(place, (int) Math.round((double) kept / whole));
              }
            });
    return new SpreadPolicy(
        spread.overprovisioningFactor(),
        spread.weightedPriorityHealth(),
        spread.dropRatio(),
        weights);
  }

  private static Map<LocalityPlace, Integer> count(List<Endpoint> some) {
    var counts = new HashMap<LocalityPlace, Integer>();
    for (var endpoint : some) {
      counts.merge(new LocalityPlace(endpoint.priority(), endpoint.locality()), 1, Integer::sum);
    }
    return counts;
  }

  private Map<LbMetadata, Members> divided() {
    var divided = new LinkedHashMap<LbMetadata, Members>();
    for (var endpoint : endpoints) {
      for (var selector : rules.selectors()) {
        for (var values : combinations(endpoint.metadata().lb(), selector)) {
          divided
              .computeIfAbsent(values, _ -> new Members(selector.singleHost(), new ArrayList<>()))
              .endpoints
              .add(endpoint);
        }
      }
    }
    return divided;
  }

  /// What an endpoint has of a selector's keys; nothing unless it has all of them. A list may mean
  /// each of its values.
  private List<LbMetadata> combinations(LbMetadata own, Selector selector) {
    List<SortedMap<String, LbValue>> found = List.of(new TreeMap<>());
    for (var key : selector.keys()) {
      var value = own.get(key);
      if (value == null) {
        return List.of();
      }
      var values =
          rules.listAsAny() && value instanceof LbValue.Items(var items) ? items : List.of(value);
      var longer = new ArrayList<SortedMap<String, LbValue>>();
      for (var sofar : found) {
        for (var each : values) {
          var more = new TreeMap<>(sofar);
          more.put(key, each);
          longer.add(more);
        }
      }
      found = longer;
    }
    return found.stream().map(LbMetadata::of).filter(values -> !values.isEmpty()).toList();
  }

  private boolean isDefault(Endpoint endpoint) {
    var own = endpoint.metadata().lb();
    for (var wanted : rules.defaultSubset().values().entrySet()) {
      var value = own.get(wanted.getKey());
      var matches =
          wanted.getValue().equals(value)
              || (rules.listAsAny()
                  && value instanceof LbValue.Items(var items)
                  && items.contains(wanted.getValue()));
      if (!matches) {
        return false;
      }
    }
    return true;
  }

  /// As in Envoy, a selector whose keys begin an earlier selector's, both in order, has none.
  private Map<List<String>, Selector> selectorsWithFallback() {
    var found = new HashMap<List<String>, Selector>();
    var known = new HashSet<List<String>>();
    for (var selector : rules.selectors()) {
      var keys = List.copyOf(selector.keys());
      if (!known.contains(keys) && selector.fallback() != null) {
        found.put(keys, selector);
      }
      for (var length = 1; length <= keys.size(); length++) {
        known.add(keys.subList(0, length));
      }
    }
    return found;
  }

  /// The endpoints of one subset. Where one is to be alone, it is the first of the first priority,
  /// whatever its health.
  private record Members(boolean alone, List<Endpoint> endpoints) {

    HostPicker picker(Subsets home) {
      if (!alone) {
        return home.of(endpoints);
      }
      var first = endpoints.stream().min(Comparator.comparingInt(Endpoint::priority)).orElseThrow();
      return _ -> first;
    }
  }
}
