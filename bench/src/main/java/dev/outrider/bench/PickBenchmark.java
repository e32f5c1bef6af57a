package dev.outrider.bench;

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
import dev.outrider.proxy.cluster.LbPolicy.ConsistentHashing;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.LocalityRule;
import dev.outrider.proxy.cluster.SharedTables;
import dev.outrider.proxy.loadbalancing.HostPicker;
import dev.outrider.proxy.loadbalancing.HostPickers;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loadbalancing.PickerScope;
import dev.outrider.proxy.loadbalancing.hashing.HashRing;
import dev.outrider.proxy.loadbalancing.hashing.MaglevTable;
import dev.outrider.proxy.loadbalancing.hashing.WeightedHosts;
import dev.outrider.proxy.loop.SystemClock;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// One choice among a thousand endpoints, and how long their table takes to be made.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBenchmark implements PickContext {
  private static final int ENDPOINTS = 1_000;
  private static final long NEXT_HASH = 0x9E3779B97F4A7C15L;

  @Param({"ROUND_ROBIN", "WEIGHTED", "LEAST_REQUEST", "RANDOM", "RING_HASH", "MAGLEV"})
  @SuppressWarnings("NullAway.Init") // JMH sets it
  public String policy;

  @SuppressWarnings("NullAway.Init") // made in setUp, as the next
  private HostPicker picker;

  @SuppressWarnings("NullAway.Init")
  private WeightedHosts hosts;

  private long hash;

  @Setup
  public void setUp() {
    var specs = new ArrayList<EndpointSpec>();
    for (var i = 0; i < ENDPOINTS; i++) {
      var weight = policy.equals("WEIGHTED") ? 1 + i % 10 : 1;
      var address = new HostPort("10.0." + i / 250 + "." + i % 250, 80);
      specs.add(new EndpointSpec(address, "", weight, 0, Locality.NONE, HealthStatus.HEALTHY));
    }
    var assignment = new Assignment("bench", specs);
    var endpoints = EndpointSet.next(null, "bench", assignment, 1);
    var cluster =
        Cluster.builder("bench", new Discovery.Static(assignment))
            .loadBalancing(new LoadBalancing(policy(), 50))
            .build();
    var scope =
        new PickerScope(
            new SplittableRandom(1),
            StatOwner.unlisted(ClusterStats.TEMPLATE, 1).cells(0),
            new SystemClock(),
            new SharedTables(),
            () -> 0,
            PickerScope.Local.UNKNOWN);
    picker = HostPickers.of(cluster, endpoints, scope);
    hosts = WeightedHosts.of(endpoints.endpoints());
  }

  private LbPolicy policy() {
    return switch (policy) {
      case "LEAST_REQUEST" ->
          new LbPolicy.LeastRequest(
              LbPolicy.LeastRequest.DEFAULT_CHOICES, false, 1, LocalityRule.NONE, null);
      case "RANDOM" -> new LbPolicy.AtRandom(LocalityRule.NONE);
      case "RING_HASH" -> ring();
      case "MAGLEV" -> maglev();
      default -> LbPolicy.ROUND_ROBIN;
    };
  }

  private static LbPolicy.RingHash ring() {
    return new LbPolicy.RingHash(
        LbPolicy.RingHash.DEFAULT_MIN_SIZE,
        LbPolicy.RingHash.DEFAULT_MAX_SIZE,
        false,
        ConsistentHashing.DEFAULT);
  }

  private static LbPolicy.Maglev maglev() {
    return new LbPolicy.Maglev(LbPolicy.Maglev.DEFAULT_TABLE_SIZE, ConsistentHashing.DEFAULT);
  }

  @Override
  public boolean hashed() {
    return true;
  }

  @Override
  public long hash() {
    return hash;
  }

  @Benchmark
  public @Nullable Endpoint pick() {
    hash += NEXT_HASH;
    return picker.pick(this);
  }

  /// Of the policies with a table; the others make none.
  @Benchmark
  public Object make() {
    return switch (policy) {
      case "RING_HASH" -> new HashRing(ring(), hosts);
      case "MAGLEV" -> new MaglevTable(maglev(), hosts);
      default -> hosts;
    };
  }
}
