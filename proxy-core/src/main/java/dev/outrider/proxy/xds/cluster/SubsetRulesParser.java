package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.LbPolicy.Fallback;
import dev.outrider.proxy.cluster.LbPolicy.Selector;
import dev.outrider.proxy.cluster.LbPolicy.SubsetRules;
import dev.outrider.proxy.extension.LbMetadataReader;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.LbSubsetConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.subset.v3.Subset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads the rules of subsets, which have two messages with the same fields and numbers: the one
/// that came before the policy is read as that of the policy.
final class SubsetRulesParser {
  private SubsetRulesParser() {}

  static SubsetRules parse(LbSubsetConfig message, Scope scope) {
    try {
      return parse(Subset.parseFrom(message.toByteString()), scope);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("not the same on the wire", e);
    }
  }

  static SubsetRules parse(Subset message, Scope scope) {
    var selectors = new ArrayList<Selector>();
    for (var i = 0; i < message.getSubsetSelectorsCount(); i++) {
      var selector = message.getSubsetSelectors(i);
      selectors.add(
          selector(
              selector.getKeysList(),
              selector.getSingleHostPerSubset(),
              fallback(selector.getFallbackPolicyValue()),
              selector.getFallbackKeysSubsetList(),
              scope.item("subset_selectors", i)));
    }
    return new SubsetRules(
        selectors,
        fallbackOfAll(message.getFallbackPolicyValue()),
        LbMetadataReader.read(message.getDefaultSubset()),
        message.getLocalityWeightAware(),
        message.getScaleLocalityWeight(),
        message.getPanicModeAny(),
        message.getListAsAny(),
        message.getMetadataFallbackPolicyValue() == 1,
        message.getAllowRedundantKeys());
  }

  private static Fallback fallbackOfAll(int number) {
    return switch (number) {
      case 1 -> Fallback.ANY_ENDPOINT;
      case 2 -> Fallback.DEFAULT_SUBSET;
      default -> Fallback.NO_FALLBACK;
    };
  }

  /// Null = that of all.
  private static @Nullable Fallback fallback(int number) {
    return switch (number) {
      case 1 -> Fallback.NO_FALLBACK;
      case 2 -> Fallback.ANY_ENDPOINT;
      case 3 -> Fallback.DEFAULT_SUBSET;
      case 4 -> Fallback.KEYS_SUBSET;
      default -> null;
    };
  }

  private static Selector selector(
      List<String> keyList,
      boolean singleHost,
      @Nullable Fallback fallback,
      List<String> fallbackList,
      Scope scope) {
    var keys = Collections.unmodifiableSortedSet(new TreeSet<>(keyList));
    var fallbackKeys = Collections.unmodifiableSortedSet(new TreeSet<>(fallbackList));
    if (fallback != Fallback.KEYS_SUBSET) {
      if (!fallbackKeys.isEmpty()) {
        scope.problem("fallback_keys_subset can be set only for KEYS_SUBSET fallback_policy");
      }
    } else if (fallbackKeys.isEmpty()) {
      scope.problem("fallback_keys_subset cannot be empty");
    } else if (!keys.containsAll(fallbackKeys)) {
      scope.problem("fallback_keys_subset must be a subset of selector keys");
    } else if (keys.equals(fallbackKeys)) {
      scope.problem("fallback_keys_subset cannot be equal to keys");
    }
    return new Selector(keys, singleHost, fallback, fallbackKeys);
  }
}
