package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbPolicy.Fallback;
import dev.outrider.proxy.cluster.LbPolicy.Selector;
import dev.outrider.proxy.cluster.LbPolicy.SubsetRules;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.metrics.StatCells;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Chooses among the endpoints whose metadata is what the route demands, or as the fallbacks say
/// (Envoy `SubsetLoadBalancer`).
final class SubsetPicker implements HostPicker {
  /// The demands of a route that are tried one after the other.
  private static final String FALLBACK_LIST = "fallback_list";

  private static final int REMEMBERED = 1024;

  private final SubsetRules rules;
  private final Map<LbMetadata, HostPicker> subsets;
  private final Map<List<String>, Selector> selectors;
  private final HostPicker any;
  private final HostPicker defaultSubset;
  private final StatCells cells;

  // What follows from demands, by the object of the route: to work it out costs maps and lists.
  private final IdentityHashMap<LbMetadata, HostPicker> resolved = new IdentityHashMap<>(1);

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
  public Set<LbMetadata> subsets() {
    return subsets.keySet();
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var demands = context.metadataMatch();
    var known = resolved.get(demands);
    if (known == null) {
      known = resolveList(demands);
      remember(demands, known);
    }
    return known.pick(context);
  }

  private void remember(LbMetadata demands, HostPicker picker) {
    if (resolved.size() == REMEMBERED) {
      resolved.clear(); // of routes that are not there any more, most of them
    }
    resolved.put(demands, picker);
  }

  private HostPicker resolveList(LbMetadata demands) {
    if (rules.fallbackList() && demands.get(FALLBACK_LIST) instanceof LbValue.Items(var list)) {
      var others = demands.without(FALLBACK_LIST);
      return list.isEmpty() ? resolve(others) : resolve(list, others);
    }
    return resolve(demands);
  }

  private HostPicker resolve(List<LbValue> list, LbMetadata others) {
    var pickers = new ArrayList<HostPicker>(list.size());
    for (var value : list) {
      var more =
          value instanceof LbValue.Fields(var fields)
              ? LbMetadata.of(new TreeMap<>(fields))
              : LbMetadata.NONE;
      pickers.add(resolve(others.with(more)));
    }
    return context -> pickFirst(pickers, context);
  }

  private static @Nullable Endpoint pickFirst(List<HostPicker> pickers, PickContext context) {
    for (var i = 0; i < pickers.size(); i++) {
      var endpoint = pickers.get(i).pick(context);
      if (endpoint != null) {
        return endpoint;
      }
    }
    return null;
  }

  private HostPicker resolve(LbMetadata allDemands) {
    var demands = rules.redundantKeys() ? needed(allDemands) : allDemands;
    var subset = subsets.get(demands);
    if (subset != null) {
      return context -> {
        cells.inc(ClusterStats.LB_SUBSETS_SELECTED);
        return subset.pick(context);
      };
    }
    var selector = demands.isEmpty() ? null : selectors.get(List.copyOf(demands.values().keySet()));
    var fallback = selector == null ? null : selector.fallback();
    if (selector == null || fallback == null) {
      return this::fallBack;
    }
    return switch (fallback) {
      case NO_FALLBACK -> _ -> null;
      case ANY_ENDPOINT -> any;
      case DEFAULT_SUBSET -> defaultSubset;
      case KEYS_SUBSET -> resolve(demands.only(selector.fallbackKeys()));
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
    var endpoint = (rules.fallback() == Fallback.ANY_ENDPOINT ? any : defaultSubset).pick(context);
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
