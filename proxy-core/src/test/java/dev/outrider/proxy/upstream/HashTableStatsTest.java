package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatsText;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The numbers are those of an Envoy 1.40 for the same hosts.
class HashTableStatsTest {
  private final MetricRegistry registry = new MetricRegistry(1);
  private final SharedClusters shared = new SharedClusters(registry);
  private final Upstreams upstreams =
      new Upstreams(
          new FakeLoop(),
          (_, _, _) -> {
            throw new AssertionError("nobody connects");
          },
          new HeadStores(true),
          shared,
          new SplittableRandom(1));

  private void put(String policy, int hosts) {
    var yaml =
        "{name: c, type: STATIC, load_assignment: {cluster_name: c}, lb_policy: " + policy + "}";
    var cluster = ((ClusterResource) Yaml.valid(ResourceKind.CLUSTER, yaml)).cluster();
    shared.added(cluster);
    upstreams.put(cluster);
    var specs =
        IntStream.range(0, hosts)
            .mapToObj(i -> new EndpointSpec(new HostPort("127.0.0." + (i + 1), 9971)))
            .toList();
    upstreams.put(EndpointSet.next(null, "c", new Assignment("c", specs), 1));
  }

  private List<String> stats(String prefix) {
    return StatsText.of(registry, new StatFilter(false, name -> name.contains(prefix)))
        .replace("cluster.c." + prefix + ".", "")
        .lines()
        .toList();
  }

  @Test
  void showsTheRing() {
    put("RING_HASH", 0);
    assertThat(stats("ring_hash_lb"))
        .containsExactly("max_hashes_per_host: 0", "min_hashes_per_host: 0", "size: 0");

    put("RING_HASH", 3);
    assertThat(stats("ring_hash_lb"))
        .containsExactly("max_hashes_per_host: 342", "min_hashes_per_host: 342", "size: 1026");
  }

  @Test
  void showsTheTable() {
    put("MAGLEV", 0);
    assertThat(stats("maglev_lb"))
        .containsExactly("max_entries_per_host: 0", "min_entries_per_host: 0");

    put("MAGLEV", 1);
    assertThat(stats("maglev_lb"))
        .containsExactly("max_entries_per_host: 1", "min_entries_per_host: 1");

    put("MAGLEV", 3);
    assertThat(stats("maglev_lb"))
        .containsExactly("max_entries_per_host: 21846", "min_entries_per_host: 21845");
  }

  @Test
  void showsNothingOfOtherPolicies() {
    put("ROUND_ROBIN", 3);

    assertThat(stats("ring_hash_lb")).isEmpty();
    assertThat(stats("maglev_lb")).isEmpty();
  }
}
