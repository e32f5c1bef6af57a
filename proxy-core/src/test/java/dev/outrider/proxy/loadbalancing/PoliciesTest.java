package dev.outrider.proxy.loadbalancing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LbPolicy.AtRandom;
import dev.outrider.proxy.cluster.LbPolicy.ConsistentHashing;
import dev.outrider.proxy.cluster.LbPolicy.LeastRequest;
import dev.outrider.proxy.cluster.LbPolicy.Maglev;
import dev.outrider.proxy.cluster.LbPolicy.OverrideHost;
import dev.outrider.proxy.cluster.LbPolicy.RingHash;
import dev.outrider.proxy.cluster.LbPolicy.RoundRobin;
import dev.outrider.proxy.cluster.LbPolicy.SlowStart;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.LocalityRule;
import dev.outrider.proxy.cluster.SpreadPolicy;
import dev.outrider.proxy.cluster.SpreadPolicy.LocalityPlace;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.loadbalancing.PickerScope.Local;
import dev.outrider.proxy.loadbalancing.PickerScopes.StoppedClock;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What each policy does with the endpoints of a cluster.
class PoliciesTest {
  private static final Locality NORTH = new Locality("r", "north", "");
  private static final Locality SOUTH = new Locality("r", "south", "");
  private static final Locality WEST = new Locality("r", "west", "");

  private final StatOwner stats = StatOwner.unlisted(ClusterStats.TEMPLATE, 1);
  private final StoppedClock clock = new StoppedClock();
  private final List<EndpointSpec> specs = new ArrayList<>();
  private SpreadPolicy spread = SpreadPolicy.DEFAULT;
  private Local local = Local.UNKNOWN;
  private int panicPercent = 50;
  private @Nullable EndpointSet set;

  private PoliciesTest add(int weight, int priority, Locality locality, HealthStatus health) {
    specs.add(
        new EndpointSpec(
            new HostPort("10.0.0." + (specs.size() + 1), 80),
            "",
            weight,
            priority,
            locality,
            health));
    return this;
  }

  private PoliciesTest add(int weight) {
    return add(weight, 0, Locality.NONE, HealthStatus.HEALTHY);
  }

  private PoliciesTest addHere(int count, Locality locality, HealthStatus health) {
    for (var i = 0; i < count; i++) {
      add(1, 0, locality, health);
    }
    return this;
  }

  private HostPicker picker(LbPolicy policy) {
    var assignment = new Assignment("c", specs, spread);
    var endpoints = EndpointSet.next(set, "c", assignment, 1);
    set = endpoints;
    var cluster =
        Cluster.builder("c", new Discovery.Static(assignment))
            .loadBalancing(new LoadBalancing(policy, panicPercent))
            .build();
    return HostPickers.of(cluster, endpoints, PickerScopes.of(3, stats, clock, local));
  }

  private Endpoint endpoint(int number) {
    return java.util.Objects.requireNonNull(set).endpoints().get(number - 1);
  }

  private static Map<String, Integer> count(HostPicker picker, PickContext context, int picks) {
    var counts = new TreeMap<String, Integer>();
    for (var i = 0; i < picks; i++) {
      var endpoint = picker.pick(context);
      counts.merge(
          endpoint == null ? "none" : endpoint.address().host().substring(7), 1, Integer::sum);
    }
    return counts;
  }

  private static Map<String, Integer> count(HostPicker picker, int picks) {
    return count(picker, PickContext.NONE, picks);
  }

  private static LeastRequest leastRequest(boolean scans, double bias) {
    return new LeastRequest(2, scans, bias, LocalityRule.NONE, null);
  }

  private record Hash(long hash) implements PickContext {
    @Override
    public boolean hashed() {
      return true;
    }
  }

  // ---- by turns

  @Test
  void leastRequestPrefersTheLessBusyOfTwo() {
    var picker = add(1).add(1).picker(leastRequest(false, 1));
    endpoint(1).shared().requestStarted();

    // Both choices fall on the busy one in a quarter of the cases.
    assertThat(count(picker, 10_000).get("1")).isBetween(2_300, 2_700);
  }

  @Test
  void leastRequestScansAll() {
    var picker = add(1).add(1).add(1).picker(leastRequest(true, 1));
    endpoint(1).shared().requestStarted();

    var counts = count(picker, 10_000);
    assertThat(counts).doesNotContainKey("1");
    assertThat(counts.get("2")).isBetween(4_700, 5_300);
  }

  @Test
  void leastRequestGoesByWeightAndRequestsWhereWeightsDiffer() {
    var picker = add(1).add(3).picker(leastRequest(false, 1));
    assertThat(count(picker, 400)).isEqualTo(Map.of("1", 100, "2", 300));

    endpoint(2).shared().requestStarted();
    endpoint(2).shared().requestStarted();
    count(picker, 2); // a weight counts from the next turn on
    assertThat(count(picker, 400).get("2")).isBetween(199, 201);
  }

  @Test
  void leastRequestIgnoresRequestsWithoutBias() {
    var picker = add(1).add(3).picker(leastRequest(false, 0));
    endpoint(2).shared().requestStarted();

    assertThat(count(picker, 400)).isEqualTo(Map.of("1", 100, "2", 300));
  }

  @Test
  void randomIgnoresWeights() {
    var counts = count(add(1).add(9).picker(new AtRandom(LocalityRule.NONE)), 10_000);

    assertThat(counts.get("1")).isBetween(4_700, 5_300);
  }

  @Test
  void startsSlowly() {
    var slow = new RoundRobin(LocalityRule.NONE, new SlowStart(10_000, 1, 0.1));
    add(1).picker(slow);
    clock.advanceMillis(60_000);
    var picker = add(1).picker(slow);

    assertThat(count(picker, 1_100).get("2")).isBetween(95, 105); // 10 % of its weight
    clock.advanceMillis(5_000);
    count(picker, 50); // a weight counts from the next turn on
    assertThat(count(picker, 1_500).get("2")).isBetween(490, 510);
    clock.advanceMillis(5_000);
    count(picker, 50);
    assertThat(count(picker, 1_000).get("2")).isBetween(495, 505);
  }

  @Test
  void startsFasterInTheBeginningIfAggressive() {
    var slow = new RoundRobin(LocalityRule.NONE, new SlowStart(10_000, 2, 0.1));
    add(1).picker(slow);
    clock.advanceMillis(60_000);
    var picker = add(1).picker(slow);
    clock.advanceMillis(2_500);
    count(picker, 50);

    assertThat(count(picker, 1_500).get("2")).isBetween(490, 510); // (1/4)^(1/2)
  }

  @Test
  void failsInPanicIfTold() {
    var rule = new LocalityRule.ZoneAware(100, 6, true, 0, false);
    add(1, 0, NORTH, HealthStatus.UNHEALTHY).add(1, 0, NORTH, HealthStatus.UNHEALTHY);

    assertThat(count(picker(new RoundRobin(rule, null)), 10)).isEqualTo(Map.of("none", 10));
    assertThat(stats.value(ClusterStats.LB_HEALTHY_PANIC)).isEqualTo(10);
  }

  @Test
  void doesNotPanicWhileTheDegradedAreEnough() {
    add(1, 0, NORTH, HealthStatus.HEALTHY);
    add(1, 0, NORTH, HealthStatus.DEGRADED);
    add(1, 0, NORTH, HealthStatus.UNHEALTHY);
    add(1, 0, NORTH, HealthStatus.UNHEALTHY);

    assertThat(count(picker(LbPolicy.ROUND_ROBIN), 400)).containsOnlyKeys("1", "2");
  }

  @Test
  void leavesTheExcludedOutOfShares() {
    add(1).add(1, 0, NORTH, HealthStatus.DRAINING).add(1, 0, NORTH, HealthStatus.DRAINING);
    add(1, 1, NORTH, HealthStatus.HEALTHY);

    assertThat(count(picker(LbPolicy.ROUND_ROBIN), 100)).isEqualTo(Map.of("1", 100));
  }

  @Test
  void measuresAPriorityByWeightsIfTold() {
    spread = new SpreadPolicy(100, true, 0, Map.of());
    add(9).add(1, 0, NORTH, HealthStatus.UNHEALTHY).add(1, 1, NORTH, HealthStatus.HEALTHY);

    assertThat(count(picker(LbPolicy.ROUND_ROBIN), 10_000).get("1")).isBetween(8_700, 9_300);
  }

  // ---- localities

  @Test
  void givesLocalitiesTheirWeights() {
    spread =
        new SpreadPolicy(
            140, false, 0, Map.of(new LocalityPlace(0, NORTH), 1, new LocalityPlace(0, SOUTH), 3));
    addHere(1, NORTH, HealthStatus.HEALTHY).addHere(3, SOUTH, HealthStatus.HEALTHY);
    addHere(1, WEST, HealthStatus.HEALTHY);

    assertThat(count(picker(new RoundRobin(new LocalityRule.ByWeight(), null)), 400))
        .isEqualTo(Map.of("1", 100, "2", 100, "3", 100, "4", 100));
  }

  @Test
  void takesWeightFromLocalitiesThatFail() {
    spread =
        new SpreadPolicy(
            100, false, 0, Map.of(new LocalityPlace(0, NORTH), 1, new LocalityPlace(0, SOUTH), 1));
    panicPercent = 0;
    addHere(4, NORTH, HealthStatus.HEALTHY).addHere(1, SOUTH, HealthStatus.HEALTHY);
    addHere(3, SOUTH, HealthStatus.UNHEALTHY);

    // 1 : 1 x 1/4
    assertThat(count(picker(new RoundRobin(new LocalityRule.ByWeight(), null)), 500).get("5"))
        .isEqualTo(100);
  }

  @Test
  void ignoresLocalitiesIfNoneHasAWeight() {
    addHere(1, NORTH, HealthStatus.HEALTHY).addHere(1, SOUTH, HealthStatus.HEALTHY);

    assertThat(count(picker(new RoundRobin(new LocalityRule.ByWeight(), null)), 100))
        .isEqualTo(Map.of("1", 50, "2", 50));
  }

  private void proxies(int north, int south) {
    var all = new ArrayList<EndpointSpec>();
    for (var i = 0; i < north + south; i++) {
      all.add(
          new EndpointSpec(
              new HostPort("10.1.0." + i, 80),
              "",
              1,
              0,
              i < north ? NORTH : SOUTH,
              HealthStatus.HEALTHY));
    }
    local = new Local(NORTH, EndpointSet.next(null, "us", new Assignment("us", all), 1));
  }

  private static RoundRobin zoneAware(int forceLocalMin) {
    return new RoundRobin(new LocalityRule.ZoneAware(100, 2, false, forceLocalMin, false), null);
  }

  @Test
  void staysInItsZoneIfThatCanTakeIt() {
    proxies(1, 1);
    addHere(2, NORTH, HealthStatus.HEALTHY).addHere(2, SOUTH, HealthStatus.HEALTHY);

    assertThat(count(picker(zoneAware(0)), 100)).isEqualTo(Map.of("1", 50, "2", 50));
    assertThat(stats.value(ClusterStats.LB_ZONE_ROUTING_ALL_DIRECTLY)).isEqualTo(100);
  }

  @Test
  void sendsTheRestToZonesWithRoom() {
    proxies(3, 1); // 75 % of the proxies, 25 % of the endpoints: a third stays
    addHere(1, NORTH, HealthStatus.HEALTHY).addHere(3, SOUTH, HealthStatus.HEALTHY);

    assertThat(count(picker(zoneAware(0)), 10_000).get("1")).isBetween(3_100, 3_550);
  }

  @Test
  void forcesItsZone() {
    proxies(3, 1);
    addHere(1, NORTH, HealthStatus.HEALTHY).addHere(3, SOUTH, HealthStatus.HEALTHY);

    assertThat(count(picker(zoneAware(1)), 100)).isEqualTo(Map.of("1", 100));
  }

  @Test
  void ignoresZonesOfSmallClusters() {
    proxies(1, 1);
    addHere(1, NORTH, HealthStatus.HEALTHY).addHere(1, SOUTH, HealthStatus.HEALTHY);
    var rule = new LocalityRule.ZoneAware(100, 6, false, 0, false);

    assertThat(count(picker(new RoundRobin(rule, null)), 100)).isEqualTo(Map.of("1", 50, "2", 50));
    assertThat(stats.value(ClusterStats.LB_ZONE_CLUSTER_TOO_SMALL)).isEqualTo(1);
  }

  @Test
  void ignoresZonesWhereWeAreNotAmongTheProxies() {
    proxies(0, 2);
    local = new Local(NORTH, local.proxies());
    addHere(1, NORTH, HealthStatus.HEALTHY).addHere(1, SOUTH, HealthStatus.HEALTHY);

    assertThat(count(picker(zoneAware(1)), 100)).isEqualTo(Map.of("1", 50, "2", 50));
    assertThat(stats.value(ClusterStats.LB_LOCAL_CLUSTER_NOT_OK)).isEqualTo(1);
  }

  // ---- by hash

  @Test
  void staysWithTheHash() {
    for (var policy :
        List.of(
            new RingHash(1024, 1 << 23, false, ConsistentHashing.DEFAULT),
            new Maglev(65_537, ConsistentHashing.DEFAULT))) {
      specs.clear();
      var picker = add(1).add(1).add(1).picker(policy);

      for (var hash = 0L; hash < 50; hash++) {
        assertThat(count(picker, new Hash(hash * 0x9E3779B97F4A7C15L), 5)).hasSize(1);
      }
      assertThat(count(picker, 3_000)).hasSize(3); // without a hash: any
    }
  }

  @Test
  void choosesThePriorityByTheHash() {
    add(1).add(1, 0, NORTH, HealthStatus.UNHEALTHY).add(1, 1, NORTH, HealthStatus.HEALTHY);
    var picker = picker(new Maglev(7, ConsistentHashing.DEFAULT)); // 70 % and 30 %

    assertThat(count(picker, new Hash(69), 1)).containsOnlyKeys("1");
    assertThat(count(picker, new Hash(70), 1)).containsOnlyKeys("3");
  }

  @Test
  void hashesAllEndpointsInPanic() {
    add(1).add(1, 0, NORTH, HealthStatus.UNHEALTHY).add(1, 0, NORTH, HealthStatus.UNHEALTHY);
    var picker = picker(new Maglev(65_537, ConsistentHashing.DEFAULT));

    assertThat(count(picker, 300)).hasSize(3);
    assertThat(stats.value(ClusterStats.LB_HEALTHY_PANIC)).isEqualTo(300);
  }

  // ---- named by the request

  private record Named(@Nullable String value, int retries) implements PickContext {
    @Override
    public @Nullable String requestHeader(HeaderName name) {
      return name.equals(HeaderName.of("x-host")) ? value : null;
    }
  }

  @Test
  void takesWhomTheRequestNames() {
    var policy =
        new OverrideHost(
            List.of(new OverrideHost.Source(HeaderName.of("x-host"))), LbPolicy.ROUND_ROBIN);
    var picker = add(1).add(1).add(1, 0, NORTH, HealthStatus.UNHEALTHY).picker(policy);

    assertThat(count(picker, new Named("10.0.0.2:80", 0), 10)).isEqualTo(Map.of("2", 10));
    assertThat(count(picker, new Named("10.0.0.3:80", 0), 10)).isEqualTo(Map.of("3", 10));
    assertThat(count(picker, new Named("10.0.0.9:80, 10.0.0.2:80,10.0.0.1:80", 1), 10))
        .isEqualTo(Map.of("1", 10));
    assertThat(count(picker, new Named("10.0.0.2:80", 1), 10)).isEqualTo(Map.of("1", 5, "2", 5));
    assertThat(count(picker, new Named(null, 0), 10)).isEqualTo(Map.of("1", 5, "2", 5));
  }
}
