package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LbPolicy.AtRandom;
import dev.outrider.proxy.cluster.LbPolicy.ConsistentHashing;
import dev.outrider.proxy.cluster.LbPolicy.Fallback;
import dev.outrider.proxy.cluster.LbPolicy.LeastRequest;
import dev.outrider.proxy.cluster.LbPolicy.Maglev;
import dev.outrider.proxy.cluster.LbPolicy.OverrideHost;
import dev.outrider.proxy.cluster.LbPolicy.RingHash;
import dev.outrider.proxy.cluster.LbPolicy.RoundRobin;
import dev.outrider.proxy.cluster.LbPolicy.SlowStart;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.LocalityRule;
import dev.outrider.proxy.cluster.LocalityRule.ZoneAware;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadBalancingParserTest {
  private static final String STATIC = "{name: c, type: STATIC, connect_timeout: 1s, %s}";

  private static final String UNKNOWN =
      """
      {typed_extension_config: {name: pick_first, typed_config: {
        "@type": type.googleapis.com/google.protobuf.Struct}}}
      """;

  private static LoadBalancing read(String fields) {
    return cluster(fields).cluster().loadBalancing();
  }

  private static ClusterResource cluster(String fields) {
    return (ClusterResource) Yaml.valid(ResourceKind.CLUSTER, STATIC.formatted(fields));
  }

  private static String typed(String name, String fields) {
    var type = new StringBuilder();
    for (var word : name.split("_", -1)) {
      type.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
    }
    return """
    {typed_extension_config: {name: %s, typed_config: {
      "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.%s.v3.%s%s}}}
    """
        .formatted(name, name, type, fields.isEmpty() ? "" : ", " + fields);
  }

  private static String list(String... policies) {
    return "load_balancing_policy: {policies: [" + String.join(", ", policies) + "]}";
  }

  private static LbPolicy policy(String name, String fields) {
    return read(list(typed(name, fields))).policy();
  }

  // ---- the fields that were before

  @Test
  void readsRoundRobinWithSlowStart() {
    assertThat(
            read("""
            round_robin_lb_config: {slow_start_config: {slow_start_window: 60s,
              aggression: {default_value: 2, runtime_key: k}, min_weight_percent: {value: 20}}}
            """)
                .policy())
        .isEqualTo(new RoundRobin(LocalityRule.NONE, new SlowStart(60_000, 2, 0.2)));
  }

  @Test
  void readsLeastRequest() {
    assertThat(read("lb_policy: LEAST_REQUEST").policy())
        .isEqualTo(new LeastRequest(2, false, 1, LocalityRule.NONE, null));
    assertThat(
            read("""
            lb_policy: LEAST_REQUEST,
            common_lb_config: {locality_weighted_lb_config: {}},
            least_request_lb_config: {choice_count: 5,
              active_request_bias: {default_value: 0.5, runtime_key: k},
              slow_start_config: {slow_start_window: 1s}}
            """)
                .policy())
        .isEqualTo(
            new LeastRequest(
                5, false, 0.5, new LocalityRule.ByWeight(), new SlowStart(1_000, 1, 0.1)));
  }

  @Test
  void readsRandom() {
    assertThat(read("lb_policy: RANDOM").policy()).isEqualTo(new AtRandom(LocalityRule.NONE));
  }

  @Test
  void readsRingHash() {
    assertThat(read("lb_policy: RING_HASH").policy())
        .isEqualTo(new RingHash(1024, 8 << 20, false, ConsistentHashing.DEFAULT));
    assertThat(
            read("""
            lb_policy: RING_HASH,
            ring_hash_lb_config: {minimum_ring_size: 10, maximum_ring_size: 20,
              hash_function: MURMUR_HASH_2},
            common_lb_config: {locality_weighted_lb_config: {},
              consistent_hashing_lb_config: {hash_balance_factor: 125}}
            """)
                .policy())
        .isEqualTo(new RingHash(10, 20, true, new ConsistentHashing(false, 125, true)));
  }

  @Test
  void readsMaglev() {
    assertThat(read("lb_policy: MAGLEV").policy())
        .isEqualTo(new Maglev(65_537, ConsistentHashing.DEFAULT));
    assertThat(read("lb_policy: MAGLEV, maglev_lb_config: {table_size: 11}").policy())
        .isEqualTo(new Maglev(11, ConsistentHashing.DEFAULT));
  }

  @Test
  void readsTheRulesThatAllHave() {
    var rules =
        read(
            """
            common_lb_config: {healthy_panic_threshold: {value: 29},
              zone_aware_lb_config: {routing_enabled: {value: 50}, min_cluster_size: 3,
                fail_traffic_on_panic: true},
              ignore_new_hosts_until_first_hc: true, close_connections_on_host_set_change: true,
              override_host_status: {statuses: [HEALTHY, DRAINING]}}
            """);

    assertThat(rules.policy())
        .isEqualTo(new RoundRobin(new ZoneAware(50, 3, true, 0, false), null));
    assertThat(rules.healthyPanicPercent()).isEqualTo(28); // as Envoy, 29 of which is 28.99...
    assertThat(rules.renewsOnChange()).isTrue();
    assertThat(rules.ignoresUnchecked()).isTrue();
    assertThat(rules.overrideHostStatus())
        .containsExactly(HealthStatus.HEALTHY, HealthStatus.DRAINING);
    assertThat(rules.zoneAware()).isTrue();
  }

  @Test
  void allowsSessionsToHealthyAndDegradedHostsByDefault() {
    assertThat(read("lb_policy: RANDOM").overrideHostStatus())
        .containsExactly(HealthStatus.UNKNOWN, HealthStatus.HEALTHY, HealthStatus.DEGRADED);
  }

  @Test
  void readsSubsets() {
    var policy =
        read("""
        lb_policy: RANDOM,
        common_lb_config: {locality_weighted_lb_config: {}},
        lb_subset_config: {fallback_policy: DEFAULT_SUBSET, default_subset: {a: x},
          locality_weight_aware: true, scale_locality_weight: true, panic_mode_any: true,
          list_as_any: true, metadata_fallback_policy: FALLBACK_LIST,
          subset_selectors: [{keys: [b, a], single_host_per_subset: true},
            {keys: [a, c], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [a]}]}
        """)
            .policy();

    var subset = (LbPolicy.Subset) policy;
    assertThat(subset.each()).isEqualTo(new AtRandom(new LocalityRule.ByWeight()));
    var rules = subset.rules();
    assertThat(rules.fallback()).isEqualTo(Fallback.DEFAULT_SUBSET);
    assertThat(rules.defaultSubset())
        .isEqualTo(LbMetadata.of(new TreeMap<>(Map.of("a", new LbValue.Text("x")))));
    assertThat(rules.localityWeightAware()).isTrue();
    assertThat(rules.scaleLocalityWeight()).isTrue();
    assertThat(rules.panicModeAny()).isTrue();
    assertThat(rules.listAsAny()).isTrue();
    assertThat(rules.fallbackList()).isTrue();
    assertThat(rules.selectors().getFirst().keys()).containsExactly("a", "b");
    assertThat(rules.selectors().getFirst().singleHost()).isTrue();
    assertThat(rules.selectors().getFirst().fallback()).isNull();
    assertThat(rules.selectors().get(1).fallback()).isEqualTo(Fallback.KEYS_SUBSET);
    assertThat(rules.selectors().get(1).fallbackKeys()).containsExactly("a");
  }

  @Test
  void needsSelectorsForSubsets() {
    assertThat(read("lb_subset_config: {fallback_policy: ANY_ENDPOINT}").policy())
        .isEqualTo(LbPolicy.ROUND_ROBIN);
  }

  @Test
  void readsWhatAnEndpointSaysToBalancers() {
    var assignment =
        ((Discovery.Static)
                cluster(
                        """
                        load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: [
                          {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80}}},
                           metadata: {filter_metadata: {envoy.lb: {hash_key: k, b: true, n: 2,
                             l: [a, null], s: {x: zz}}}}}]}]}
                        """)
                    .cluster()
                    .discovery())
            .assignment();

    var lb = assignment.endpoints().getFirst().metadata().lb();
    assertThat(lb.hashKey()).isEqualTo("k");
    assertThat(lb.get("b")).isEqualTo(new LbValue.Bool(true));
    assertThat(lb.get("n")).isEqualTo(new LbValue.Numeric(2));
    assertThat(lb.get("l"))
        .isEqualTo(new LbValue.Items(List.of(new LbValue.Text("a"), new LbValue.Null())));
    assertThat(lb.get("s")).isEqualTo(new LbValue.Fields(Map.of("x", new LbValue.Text("zz"))));
  }

  // ---- typed policies

  @Test
  void takesTheFirstPolicyThatItKnows() {
    assertThat(
            read("lb_policy: MAGLEV, " + list(UNKNOWN, typed("random", ""), typed("maglev", "")))
                .policy())
        .isEqualTo(new AtRandom(LocalityRule.NONE));
  }

  @Test
  void readsTypedPolicies() {
    assertThat(
            policy(
                "round_robin",
                "slow_start_config: {slow_start_window: 2s, aggression: {default_value: 0,"
                    + " runtime_key: k}, min_weight_percent: {value: 1}}, locality_lb_config:"
                    + " {locality_weighted_lb_config: {}}"))
        .isEqualTo(new RoundRobin(new LocalityRule.ByWeight(), new SlowStart(2_000, 1, 0.01)));
    assertThat(
            policy(
                "least_request",
                "choice_count: 3, selection_method: FULL_SCAN, active_request_bias:"
                    + " {default_value: 2, runtime_key: k}, slow_start_config: {slow_start_window:"
                    + " 1s}, locality_lb_config: {zone_aware_lb_config: {}}"))
        .isEqualTo(
            new LeastRequest(
                3, true, 2, new ZoneAware(100, 6, false, 0, false), new SlowStart(1_000, 1, 0.1)));
    assertThat(
            policy(
                "random",
                "locality_lb_config: {zone_aware_lb_config: {routing_enabled: {value: 10},"
                    + " min_cluster_size: 1, fail_traffic_on_panic: true, force_local_zone:"
                    + " {min_size: 2}, locality_basis: HEALTHY_HOSTS_WEIGHT}}"))
        .isEqualTo(new AtRandom(new ZoneAware(10, 1, true, 2, true)));
    assertThat(
            policy(
                "random",
                "locality_lb_config: {zone_aware_lb_config: {force_locality_direct_routing:"
                    + " true}}"))
        .isEqualTo(new AtRandom(new ZoneAware(100, 6, false, 1, false)));
  }

  @Test
  void readsTypedPoliciesOfHashes() {
    assertThat(
            policy(
                "ring_hash",
                "hash_function: MURMUR_HASH_2, minimum_ring_size: 5, maximum_ring_size: 6,"
                    + " locality_weighted_lb_config: {}, use_hostname_for_hashing: true,"
                    + " hash_balance_factor: 110"))
        .isEqualTo(new RingHash(5, 6, true, new ConsistentHashing(true, 110, true)));
    assertThat(
            policy(
                "ring_hash",
                "use_hostname_for_hashing: true, consistent_hashing_lb_config:"
                    + " {hash_balance_factor: 120}"))
        .isEqualTo(new RingHash(1024, 8 << 20, false, new ConsistentHashing(false, 120, false)));
    assertThat(
            policy(
                "maglev",
                "table_size: 13, locality_weighted_lb_config: {}, consistent_hashing_lb_config:"
                    + " {use_hostname_for_hashing: true}"))
        .isEqualTo(new Maglev(13, new ConsistentHashing(true, 0, true)));
  }

  @Test
  void readsTypedSubsetsAndOverrides() {
    var subset =
        (LbPolicy.Subset)
            policy(
                "subset",
                "fallback_policy: ANY_ENDPOINT, default_subset: {a: b}, locality_weight_aware:"
                    + " true, scale_locality_weight: true, panic_mode_any: true, list_as_any: true,"
                    + " metadata_fallback_policy: FALLBACK_LIST, allow_redundant_keys: true,"
                    + " subset_selectors: [{keys: [a, b], single_host_per_subset: true,"
                    + " fallback_policy: KEYS_SUBSET, fallback_keys_subset: [b]}],"
                    + " subset_lb_policy: {policies: ["
                    + typed("random", "")
                    + "]}");
    assertThat(subset.each()).isEqualTo(new AtRandom(LocalityRule.NONE));
    assertThat(subset.rules().fallback()).isEqualTo(Fallback.ANY_ENDPOINT);
    assertThat(subset.rules().redundantKeys()).isTrue();
    assertThat(subset.rules().selectors().getFirst().fallback()).isEqualTo(Fallback.KEYS_SUBSET);
    assertThat(
            policy(
                "override_host",
                "override_host_sources: [{header: X-Host}], fallback_policy: {policies: ["
                    + typed("random", "")
                    + "]}"))
        .isEqualTo(
            new OverrideHost(
                List.of(new OverrideHost.Source(HeaderName.of("x-host"))),
                new AtRandom(LocalityRule.NONE)));
  }

  // ---- refused, in Envoy's words

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "lb_policy: CLUSTER_PROVIDED | cluster provided LB specified but cluster 'c' did not"
            + " provide one. Check cluster documentation.",
        "lb_policy: LOAD_BALANCING_POLICY_CONFIG | cluster: field load_balancing_policy need to be"
            + " set",
        "lb_policy: RING_HASH, ring_hash_lb_config: {minimum_ring_size: 20, maximum_ring_size: 10}"
            + " | ring hash: minimum_ring_size (20) > maximum_ring_size (10)",
        "lb_policy: MAGLEV, maglev_lb_config: {table_size: 8} | The table size of maglev must be"
            + " prime number",
        "lb_policy: MAGLEV, common_lb_config: {consistent_hashing_lb_config:"
            + " {use_hostname_for_hashing: true}} | Cannot use hostname for consistent hashing"
            + " loadbalancing for cluster of type: 'envoy.cluster.static'",
        "lb_policy: CLUSTER_PROVIDED, lb_subset_config: {subset_selectors: [{keys: [a]}]} |"
            + " cluster: LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config",
        "lb_subset_config: {locality_weight_aware: true, subset_selectors: [{keys: [a]}]} |"
            + " Locality weight aware subset LB requires that a locality_weighted_lb_config be set"
            + " in c",
        "lb_subset_config: {subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET}]} |"
            + " fallback_keys_subset cannot be empty",
        "lb_subset_config: {subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET,"
            + " fallback_keys_subset: [b]}]} | fallback_keys_subset must be a subset of selector"
            + " keys",
        "lb_subset_config: {subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET,"
            + " fallback_keys_subset: [a]}]} | fallback_keys_subset cannot be equal to keys",
        "lb_subset_config: {subset_selectors: [{keys: [a], fallback_keys_subset: [a]}]} |"
            + " fallback_keys_subset can be set only for KEYS_SUBSET fallback_policy",
      })
  void refuses(String fields, String problem) {
    assertThat(Yaml.problems(ResourceKind.CLUSTER, STATIC.formatted(fields)))
        .anySatisfy(text -> assertThat(text).endsWith(problem));
  }

  @Test
  void refusesTypedPoliciesThatItCannotServe() {
    assertThat(refused(list(UNKNOWN)))
        .contains("didn't find a registered load balancer factory implementation for cluster: 'c'")
        .contains("with names from [pick_first]");
    assertThat(
            refused(
                list(
                    typed(
                        "wrr_locality",
                        "endpoint_picking_policy: {policies: ["
                            + typed("round_robin", "")
                            + "]}"))))
        .contains(
            "Currently WrrLocalityLoadBalancer only supports"
                + " ClientSideWeightedRoundRobinLoadBalancer");
    assertThat(
            refused(
                list(
                    typed(
                        "override_host",
                        "override_host_sources: [{}], fallback_policy: {policies: ["
                            + typed("round_robin", "")
                            + "]}"))))
        .contains("Empty override source");
    assertThat(
            refused(
                list(
                    typed(
                        "override_host",
                        "override_host_sources: [{metadata: {key: k, path: [{key: p}]}}],"
                            + " fallback_policy: {policies: ["
                            + typed("round_robin", "")
                            + "]}"))))
        .contains("metadata: is not supported");
    assertThat(
            refused(
                list(
                    typed(
                        "maglev",
                        "consistent_hashing_lb_config: {hash_policy: [{header: {header_name:"
                            + " x}}]}"))))
        .contains("hash_policy: is not supported");
    assertThat(refused(list(typed("cluster_provided", "")))).contains("did not provide one");
  }

  private static String refused(String fields) {
    return String.join("\n", Yaml.problems(ResourceKind.CLUSTER, STATIC.formatted(fields)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{cluster_name: c, policy: {drop_overloads: [{category: a}, {category: b}]}} | Cluster"
            + " drop_overloads config has 2 categories. Envoy only support one.",
        "{cluster_name: c, policy: {drop_overloads: [{category: a, drop_percentage: {numerator:"
            + " 150}}]}} | Cluster drop_overloads config is invalid. drop_ratio=1.5(Numerator 150 /"
            + " Denominator 100). The valid range is 0~1.",
        "{cluster_name: c, endpoints: [{lb_endpoints: [{load_balancing_weight: 4294967295,"
            + " endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}},"
            + " {load_balancing_weight: 4294967295, endpoint: {address: {socket_address: {address:"
            + " 127.0.0.2, port_value: 1}}}}]}]} | The sum of weights of all upstream hosts in a"
            + " locality exceeds 4294967295",
      })
  void refusesAssignments(String assignment, String problem) {
    assertThat(
            Yaml.problems(
                ResourceKind.CLUSTER,
                STATIC.formatted("lb_policy: MAGLEV, load_assignment: " + assignment)))
        .anySatisfy(text -> assertThat(text).endsWith(problem));
  }

  @Test
  void readsWhatAnAssignmentSaysOfAll() {
    var policy =
        ((Discovery.Static)
                cluster(
                        """
                        load_assignment: {cluster_name: c,
                          policy: {weighted_priority_health: true, overprovisioning_factor: 100,
                            drop_overloads: [{category: a, drop_percentage: {numerator: 5,
                              denominator: TEN_THOUSAND}}]},
                          endpoints: [{priority: 1, load_balancing_weight: 7, locality: {zone: z}},
                            {load_balancing_weight: 9}]}
                        """)
                    .cluster()
                    .discovery())
            .assignment()
            .policy();

    assertThat(policy.weightedPriorityHealth()).isTrue();
    assertThat(policy.overprovisioningFactor()).isEqualTo(100);
    assertThat(policy.dropRatio()).isEqualTo(0.0005);
    assertThat(policy.localityWeight(1, new dev.outrider.proxy.cluster.Locality("", "z", "")))
        .isEqualTo(7);
    assertThat(policy.localityWeights()).hasSize(1); // without a locality it does not count
  }
}
