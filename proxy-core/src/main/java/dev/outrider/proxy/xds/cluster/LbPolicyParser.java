package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LbPolicy.ConsistentHashing;
import dev.outrider.proxy.cluster.LocalityRule;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.LoadBalancingPolicy;
import io.envoyproxy.envoy.config.core.v3.RuntimeDouble;
import io.envoyproxy.envoy.extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.maglev.v3.Maglev;
import io.envoyproxy.envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.load_balancing_policies.subset.v3.Subset;
import io.envoyproxy.envoy.type.v3.Percent;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the typed policies of `LoadBalancingPolicy`: of a list the first one that is known counts.
final class LbPolicyParser {
  private static final String PACKAGE = "envoy.extensions.load_balancing_policies.";
  private static final int LONGEST_RING = 8 << 20;

  /// @param nobodyKnown the problem if there is none, with a place for the names in the list
  LbPolicy first(LoadBalancingPolicy message, Scope scope, String nobodyKnown) {
    var names = new ArrayList<String>();
    for (var i = 0; i < message.getPoliciesCount(); i++) {
      var extension = message.getPolicies(i).getTypedExtensionConfig();
      var place = scope.item("policies", i).field("typed_extension_config.typed_config");
      var policy = policy(extension.getTypedConfig(), place);
      if (policy != null) {
        return policy;
      }
      names.add(extension.getName());
    }
    scope.problem(nobodyKnown.formatted(String.join(", ", names)));
    return LbPolicy.ROUND_ROBIN;
  }

  /// Null if the policy is not known.
  private @Nullable LbPolicy policy(Any config, Scope scope) {
    var type = ProviderRegistry.typeName(config.getTypeUrl());
    if (!type.startsWith(PACKAGE)) {
      return null;
    }
    return switch (type.substring(PACKAGE.length())) {
      case "round_robin.v3.RoundRobin" ->
          roundRobin(read(config, RoundRobin.getDefaultInstance(), scope));
      case "least_request.v3.LeastRequest" ->
          leastRequest(read(config, LeastRequest.getDefaultInstance(), scope));
      case "random.v3.Random" -> {
        var message = read(config, Random.getDefaultInstance(), scope);
        yield new LbPolicy.AtRandom(
            localities(message.hasLocalityLbConfig(), message.getLocalityLbConfig()));
      }
      case "ring_hash.v3.RingHash" ->
          ringHash(read(config, RingHash.getDefaultInstance(), scope), scope);
      case "maglev.v3.Maglev" -> maglev(read(config, Maglev.getDefaultInstance(), scope), scope);
      case "cluster_provided.v3.ClusterProvided" -> new LbPolicy.ClusterProvided();
      case "subset.v3.Subset" -> subset(read(config, Subset.getDefaultInstance(), scope), scope);
      case "override_host.v3.OverrideHost" ->
          overrideHost(read(config, OverrideHost.getDefaultInstance(), scope), scope);
      case "wrr_locality.v3.WrrLocality" -> {
        scope.problem(
            "Currently WrrLocalityLoadBalancer only supports"
                + " ClientSideWeightedRoundRobinLoadBalancer as its endpoint picking policy, which"
                + " is not supported here: use round_robin with"
                + " locality_lb_config.locality_weighted_lb_config");
        yield LbPolicy.ROUND_ROBIN;
      }
      default -> null;
    };
  }

  @SuppressWarnings("unchecked") // parseFrom of a message gives one of its type
  private static <T extends Message> T read(Any config, T type, Scope scope) {
    try {
      return (T) type.getParserForType().parseFrom(config.getValue());
    } catch (InvalidProtocolBufferException e) {
      scope.problem("cannot be read: " + e.getMessage());
      return type;
    }
  }

  private LbPolicy roundRobin(RoundRobin message) {
    return new LbPolicy.RoundRobin(
        localities(message.hasLocalityLbConfig(), message.getLocalityLbConfig()),
        slowStart(message.hasSlowStartConfig(), message.getSlowStartConfig()));
  }

  private LbPolicy leastRequest(LeastRequest message) {
    return new LbPolicy.LeastRequest(
        message.hasChoiceCount()
            ? Scope.clamp(message.getChoiceCount().getValue())
            : LbPolicy.LeastRequest.DEFAULT_CHOICES,
        message.getSelectionMethod() == LeastRequest.SelectionMethod.FULL_SCAN,
        number(message.hasActiveRequestBias(), message.getActiveRequestBias(), 1.0),
        localities(message.hasLocalityLbConfig(), message.getLocalityLbConfig()),
        slowStart(message.hasSlowStartConfig(), message.getSlowStartConfig()));
  }

  @SuppressWarnings("deprecation") // as Envoy, where the newer fields are not given
  private LbPolicy ringHash(RingHash message, Scope scope) {
    var hashing =
        message.hasConsistentHashingLbConfig()
            ? hashing(
                message.getConsistentHashingLbConfig(),
                message.hasLocalityWeightedLbConfig(),
                scope)
            : new ConsistentHashing(
                message.getUseHostnameForHashing(),
                Scope.clamp(message.getHashBalanceFactor().getValue()),
                message.hasLocalityWeightedLbConfig());
    return ringHash(
        message.hasMinimumRingSize() ? message.getMinimumRingSize().getValue() : null,
        message.hasMaximumRingSize() ? message.getMaximumRingSize().getValue() : null,
        message.getHashFunction() == RingHash.HashFunction.MURMUR_HASH_2,
        hashing,
        scope);
  }

  LbPolicy ringHash(
      @Nullable Long min,
      @Nullable Long max,
      boolean murmur,
      ConsistentHashing hashing,
      Scope scope) {
    var least = min == null ? LbPolicy.RingHash.DEFAULT_MIN_SIZE : min;
    var most = max == null ? LbPolicy.RingHash.DEFAULT_MAX_SIZE : max;
    if (least > most) {
      scope.problem(
          "ring hash: minimum_ring_size (%d) > maximum_ring_size (%d)".formatted(least, most));
    }
    return new LbPolicy.RingHash(
        (int) Math.min(least, LONGEST_RING), (int) Math.min(most, LONGEST_RING), murmur, hashing);
  }

  private LbPolicy maglev(Maglev message, Scope scope) {
    return maglev(
        message.hasTableSize(),
        message.getTableSize().getValue(),
        hashing(
            message.getConsistentHashingLbConfig(), message.hasLocalityWeightedLbConfig(), scope),
        scope);
  }

  LbPolicy maglev(boolean isSet, long tableSize, ConsistentHashing hashing, Scope scope) {
    if (!isSet) {
      return new LbPolicy.Maglev(LbPolicy.Maglev.DEFAULT_TABLE_SIZE, hashing);
    }
    if (!BigInteger.valueOf(tableSize).isProbablePrime(50)) {
      scope.problem("table_size", "The table size of maglev must be prime number");
      return new LbPolicy.Maglev(LbPolicy.Maglev.DEFAULT_TABLE_SIZE, hashing);
    }
    return new LbPolicy.Maglev((int) tableSize, hashing);
  }

  private static ConsistentHashing hashing(
      ConsistentHashingLbConfig message, boolean localityWeighted, Scope scope) {
    scope.refuse(message.getHashPolicyCount() > 0, "consistent_hashing_lb_config.hash_policy");
    return new ConsistentHashing(
        message.getUseHostnameForHashing(),
        Scope.clamp(message.getHashBalanceFactor().getValue()),
        localityWeighted);
  }

  private LbPolicy subset(Subset message, Scope scope) {
    var each =
        first(
            message.getSubsetLbPolicy(),
            scope.field("subset_lb_policy"),
            "cluster: didn't find a registered load balancer factory implementation for subset lb"
                + " with names from [%s]");
    return new LbPolicy.Subset(SubsetRulesParser.parse(message, scope), each);
  }

  private LbPolicy overrideHost(OverrideHost message, Scope scope) {
    var sources = new ArrayList<LbPolicy.OverrideHost.Source>();
    for (var i = 0; i < message.getOverrideHostSourcesCount(); i++) {
      var source = message.getOverrideHostSources(i);
      var place = scope.item("override_host_sources", i);
      if (source.getHeader().isEmpty() && !source.hasMetadata()) {
        place.problem("Empty override source");
      } else if (!source.getHeader().isEmpty() && source.hasMetadata()) {
        place.problem("Only one override source must be set");
      }
      place.refuse(source.hasMetadata(), "metadata");
      if (!source.getHeader().isEmpty()) {
        addHeader(source.getHeader(), sources, place);
      }
    }
    return new LbPolicy.OverrideHost(
        sources,
        first(
            message.getFallbackPolicy(),
            scope.field("fallback_policy"),
            "dynamic forwarding LB: didn't find a registered fallback load balancer factory with"
                + " names from %s"));
  }

  private static void addHeader(
      String name, List<LbPolicy.OverrideHost.Source> sources, Scope scope) {
    try {
      sources.add(new LbPolicy.OverrideHost.Source(HeaderName.of(name)));
    } catch (IllegalArgumentException e) {
      scope.problem("header", String.valueOf(e.getMessage()));
    }
  }

  private LocalityRule localities(boolean isSet, LocalityLbConfig message) {
    if (!isSet) {
      return LocalityRule.NONE;
    }
    return switch (message.getLocalityConfigSpecifierCase()) {
      case LOCALITY_WEIGHTED_LB_CONFIG -> new LocalityRule.ByWeight();
      case ZONE_AWARE_LB_CONFIG -> zoneAware(message.getZoneAwareLbConfig());
      case LOCALITYCONFIGSPECIFIER_NOT_SET -> LocalityRule.NONE;
    };
  }

  @SuppressWarnings("deprecation") // as Envoy, where the newer field is not given
  private static LocalityRule zoneAware(LocalityLbConfig.ZoneAwareLbConfig message) {
    var force = message.getForceLocalZone();
    var forced = message.getForceLocalityDirectRouting() ? 1 : 0;
    return new LocalityRule.ZoneAware(
        message.hasRoutingEnabled() ? percent(message.getRoutingEnabled()) : 100,
        message.hasMinClusterSize()
            ? message.getMinClusterSize().getValue()
            : LocalityRule.ZoneAware.DEFAULT_MIN_CLUSTER_SIZE,
        message.getFailTrafficOnPanic(),
        message.hasForceLocalZone()
            ? force.hasMinSize() ? Scope.clamp(force.getMinSize().getValue()) : 1
            : forced,
        message.getLocalityBasis()
            == LocalityLbConfig.ZoneAwareLbConfig.LocalityBasis.HEALTHY_HOSTS_WEIGHT);
  }

  private LbPolicy.@Nullable SlowStart slowStart(boolean isSet, SlowStartConfig message) {
    return isSet
        ? slowStart(
            message.getSlowStartWindow(),
            number(message.hasAggression(), message.getAggression(), 1.0),
            message.hasMinWeightPercent() ? message.getMinWeightPercent().getValue() : null)
        : null;
  }

  /// Cut as Envoy cuts it, which makes 28 of 29.
  static int percent(Percent message) {
    return (int) (100 * (message.getValue() / 100.0));
  }

  /// Null if there is no window. What an aggression may not be counts as 1, as in Envoy.
  LbPolicy.@Nullable SlowStart slowStart(
      Duration window, double aggression, @Nullable Double minPercent) {
    var millis = window.getSeconds() * 1_000 + window.getNanos() / 1_000_000;
    return millis <= 0
        ? null
        : new LbPolicy.SlowStart(
            millis, aggression > 0 ? aggression : 1.0, minPercent == null ? 0.1 : minPercent / 100);
  }

  /// There is no runtime to look the key up in: the default counts.
  double number(boolean isSet, RuntimeDouble message, double otherwise) {
    var value = isSet ? message.getDefaultValue() : otherwise;
    return value >= 0 ? value : otherwise;
  }
}
