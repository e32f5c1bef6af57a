package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbPolicy.Fallback;
import dev.outrider.proxy.cluster.LbPolicy.Selector;
import dev.outrider.proxy.cluster.LbPolicy.SubsetRules;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.metrics.StatCells;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Chooses among the endpoints whose metadata is what the route demands, or as the fallbacks say
/// (Envoy `SubsetLoadBalancer`).
final class SubsetPicker implements HostPicker {
  /// The demands of a route that are tried one after the other.
  private static final String FALLBACK_LIST = "fallback_list";

  private final SubsetRules rules;
  private final Map<LbMetadata, HostPicker> subsets;
  private final Map<List<String>, Selector> selectors;
  private final HostPicker any;
  private final HostPicker defaultSubset;
  private final StatCells cells;

  /// @param subsets by what their endpoints have
  /// @param selectors with a fallback of their own, by their keys
  /// @param any over all endpoints
  /// @param defaultSubset over those of `rules.defaultSubset()`
  SubsetPicker(
      SubsetRules rules,
      Map<LbMetadata, HostPicker> subsets,
      Map<List<String>, Selector> selectors,
      HostPicker any,
      HostPicker defaultSubset,
      StatCells cells) {
    this.rules = rules;
    this.subsets = subsets;
    this.selectors = selectors;
    this.any = any;
    this.defaultSubset = defaultSubset;
    this.cells = cells;
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var demands = context.metadataMatch();
    if (rules.fallbackList() && demands.get(FALLBACK_LIST) instanceof LbValue.Items(var list)) {
      var others = demands.without(FALLBACK_LIST);
      return list.isEmpty() ? pick(others, context) : pickFirst(list, others, context);
    }
    return pick(demands, context);
  }

  private @Nullable Endpoint pickFirst(
      List<LbValue> list, LbMetadata others, PickContext context) {
    for (var value : list) {
      var more =
          value instanceof LbValue.Fields(var fields)
              ? LbMetadata.of(new TreeMap<>(fields))
              : LbMetadata.NONE;
      var endpoint = pick(others.with(more), context);
      if (endpoint != null) {
        return endpoint;
      }
    }
    return null;
  }

  private @Nullable Endpoint pick(LbMetadata allDemands, PickContext context) {
    var demands = rules.redundantKeys() ? needed(allDemands) : allDemands;
    var subset = subsets.get(demands);
    if (subset != null) {
      cells.inc(ClusterStats.LB_SUBSETS_SELECTED);
      return subset.pick(context);
    }
    var selector =
        demands.isEmpty() ? null : selectors.get(List.copyOf(demands.values().keySet()));
    var fallback = selector == null ? null : selector.fallback();
    if (selector == null || fallback == null) {
      return fallBack(context);
    }
    return switch (fallback) {
      case NO_FALLBACK -> null;
      case ANY_ENDPOINT -> any.pick(context);
      case DEFAULT_SUBSET -> defaultSubset.pick(context);
      case KEYS_SUBSET -> pick(demands.only(selector.fallbackKeys()), context);
    };
  }

  /// What the first selector names of which all keys are demanded; all if there is none.
  private LbMetadata needed(LbMetadata demands) {
    for (var selector : rules.selectors()) {
      if (demands.values().keySet().containsAll(selector.keys())) {
        return demands.only(selector.keys());
      }
    }
    return demands;
  }

  private @Nullable Endpoint fallBack(PickContext context) {
    if (rules.fallback() == Fallback.NO_FALLBACK) {
      return null;
    }
    var endpoint =
        (rules.fallback() == Fallback.ANY_ENDPOINT ? any : defaultSubset).pick(context);
    if (endpoint != null) {
      cells.inc(ClusterStats.LB_SUBSETS_FALLBACK);
    } else if (rules.panicModeAny()) {
      endpoint = any.pick(context);
      if (endpoint != null) {
        cells.inc(ClusterStats.LB_SUBSETS_FALLBACK_PANIC);
      }
    }
    return endpoint;
  }
}
