package dev.outrider.proxy.xds.cluster;

import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LbPolicy.ConsistentHashing;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.LocalityRule;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.CommonLbConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads how a cluster's requests are spread: `load_balancing_policy` or, without that, the fields
/// that were before it.
final class LoadBalancingParser {
  private final Cluster message;
  private final CommonLbConfig common;
  private final Scope scope;
  private final LbPolicyParser policies;

  private LoadBalancingParser(Cluster message, Scope scope) {
    this.message = message;
    this.common = message.getCommonLbConfig();
    this.scope = scope;
    this.policies = new LbPolicyParser();
  }

  static LoadBalancing parse(Cluster message, Scope scope) {
    return new LoadBalancingParser(message, scope).parse();
  }

  private LoadBalancing parse() {
    var policy = policy();
    checkWeights(policy);
    if (message.getLbSubsetConfig().getLocalityWeightAware()
        && !common.hasLocalityWeightedLbConfig()) {
      scope.problem(
          "lb_subset_config.locality_weight_aware",
          "Locality weight aware subset LB requires that a locality_weighted_lb_config be set in "
              + message.getName());
    }
    return new LoadBalancing(
        policy,
        common.hasHealthyPanicThreshold()
            ? LbPolicyParser.percent(common.getHealthyPanicThreshold())
            : LoadBalancing.DEFAULT.healthyPanicPercent(),
        overrideHostStatus(),
        common.getCloseConnectionsOnHostSetChange(),
        common.getIgnoreNewHostsUntilFirstHc());
  }

  private LbPolicy policy() {
    if (message.hasLoadBalancingPolicy()) {
      return policies.first(
          message.getLoadBalancingPolicy(),
          scope.field("load_balancing_policy"),
          "cluster: didn't find a registered load balancer factory implementation for cluster: '%s' with names from [%%s]"
              .formatted(message.getName()));
    }
    return message.getLbSubsetConfig().getSubsetSelectorsCount() > 0 ? subset() : whole();
  }

  private LbPolicy subset() {
    var place = scope.field("lb_subset_config");
    if (message.getLbPolicy() == Cluster.LbPolicy.CLUSTER_PROVIDED) {
      place.problem("cluster: LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config");
    }
    return new LbPolicy.Subset(
        SubsetRulesParser.parse(message.getLbSubsetConfig(), place), whole());
  }

  private LbPolicy whole() {
    return switch (message.getLbPolicy()) {
      case ROUND_ROBIN ->
          new LbPolicy.RoundRobin(
              localities(),
              slowStart(
                  message.getRoundRobinLbConfig().hasSlowStartConfig(),
                  message.getRoundRobinLbConfig().getSlowStartConfig()));
      case LEAST_REQUEST -> leastRequest();
      case RANDOM -> new LbPolicy.AtRandom(localities());
      case RING_HASH -> ringHash();
      case MAGLEV ->
          policies.maglev(
              message.getMaglevLbConfig().hasTableSize(),
              message.getMaglevLbConfig().getTableSize().getValue(),
              hashing(),
              scope.field("maglev_lb_config"));
      case CLUSTER_PROVIDED -> new LbPolicy.ClusterProvided();
      case LOAD_BALANCING_POLICY_CONFIG, UNRECOGNIZED -> {
        scope.problem("lb_policy", "cluster: field load_balancing_policy need to be set");
        yield LbPolicy.ROUND_ROBIN;
      }
    };
  }

  private LbPolicy leastRequest() {
    var config = message.getLeastRequestLbConfig();
    return new LbPolicy.LeastRequest(
        config.hasChoiceCount()
            ? Scope.clamp(config.getChoiceCount().getValue())
            : LbPolicy.LeastRequest.DEFAULT_CHOICES,
        false,
        policies.number(config.hasActiveRequestBias(), config.getActiveRequestBias(), 1.0),
        localities(),
        slowStart(config.hasSlowStartConfig(), config.getSlowStartConfig()));
  }

  private LbPolicy ringHash() {
    var config = message.getRingHashLbConfig();
    return policies.ringHash(
        config.hasMinimumRingSize() ? config.getMinimumRingSize().getValue() : null,
        config.hasMaximumRingSize() ? config.getMaximumRingSize().getValue() : null,
        config.getHashFunction() == Cluster.RingHashLbConfig.HashFunction.MURMUR_HASH_2,
        hashing(),
        scope.field("ring_hash_lb_config"));
  }

  private ConsistentHashing hashing() {
    var config = common.getConsistentHashingLbConfig();
    if (config.getUseHostnameForHashing() && message.getType() != DiscoveryType.STRICT_DNS) {
      scope.problem(
          "common_lb_config.consistent_hashing_lb_config.use_hostname_for_hashing",
          "Cannot use hostname for consistent hashing loadbalancing for cluster of type: 'envoy.cluster.%s'"
              .formatted(message.getType().name().toLowerCase(Locale.ROOT)));
    }
    return new ConsistentHashing(
        config.getUseHostnameForHashing(),
        Scope.clamp(config.getHashBalanceFactor().getValue()),
        common.hasLocalityWeightedLbConfig());
  }

  private LocalityRule localities() {
    if (common.hasLocalityWeightedLbConfig()) {
      return new LocalityRule.ByWeight();
    }
    if (!common.hasZoneAwareLbConfig()) {
      return LocalityRule.NONE;
    }
    var zones = common.getZoneAwareLbConfig();
    return new LocalityRule.ZoneAware(
        zones.hasRoutingEnabled() ? LbPolicyParser.percent(zones.getRoutingEnabled()) : 100,
        zones.hasMinClusterSize()
            ? zones.getMinClusterSize().getValue()
            : LocalityRule.ZoneAware.DEFAULT_MIN_CLUSTER_SIZE,
        zones.getFailTrafficOnPanic(),
        0,
        false);
  }

  private LbPolicy.@Nullable SlowStart slowStart(boolean isSet, Cluster.SlowStartConfig config) {
    return isSet
        ? policies.slowStart(
            config.getSlowStartWindow(),
            policies.number(config.hasAggression(), config.getAggression(), 1.0),
            config.hasMinWeightPercent() ? config.getMinWeightPercent().getValue() : null)
        : null;
  }

  private Set<HealthStatus> overrideHostStatus() {
    if (!common.hasOverrideHostStatus()) {
      return LoadBalancing.DEFAULT_OVERRIDE_HOST_STATUS;
    }
    var allowed = EnumSet.noneOf(HealthStatus.class);
    for (var status : common.getOverrideHostStatus().getStatusesList()) {
      allowed.add(
          switch (status) {
            case UNKNOWN, UNRECOGNIZED -> HealthStatus.UNKNOWN;
            case HEALTHY -> HealthStatus.HEALTHY;
            case UNHEALTHY -> HealthStatus.UNHEALTHY;
            case DRAINING -> HealthStatus.DRAINING;
            case TIMEOUT -> HealthStatus.TIMEOUT;
            case DEGRADED -> HealthStatus.DEGRADED;
          });
    }
    return Collections.unmodifiableSet(allowed);
  }

  /// A table is made of shares of the sum.
  private void checkWeights(LbPolicy policy) {
    if (policy instanceof LbPolicy.RingHash || policy instanceof LbPolicy.Maglev) {
      EndpointParser.checkWeights(message.getLoadAssignment(), scope.field("load_assignment"));
    }
  }
}
