package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatsText;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.EndpointsResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubsetCountsTest {
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
  private @Nullable EndpointSet set;

  @BeforeEach
  void divide() {
    cluster("connect_timeout: 5s");
    endpoints("{v: a, w: x}", "{v: b}");
  }

  private void cluster(String more) {
    Cluster cluster =
        ((ClusterResource)
                Yaml.valid(
                    ResourceKind.CLUSTER,
                    "{name: c, type: STATIC, load_assignment: {cluster_name: c}, lb_subset_config:"
                        + " {fallback_policy: ANY_ENDPOINT, subset_selectors: [{keys: [v]}, {keys:"
                        + " [v, w]}]}, "
                        + more
                        + "}"))
            .cluster();
    shared.added(cluster);
    upstreams.put(cluster);
  }

  private void endpoints(String... labels) {
    var yaml = new StringBuilder("{cluster_name: c, endpoints: [{lb_endpoints: [");
    for (var i = 0; i < labels.length; i++) {
      yaml.append(i == 0 ? "" : ", ")
          .append("{endpoint: {address: {socket_address: {address: 10.0.0.")
          .append(i + 1)
          .append(", port_value: 80}}}, metadata: {filter_metadata: {envoy.lb: ")
          .append(labels[i])
          .append("}}}");
    }
    var resource =
        (EndpointsResource) Yaml.valid(ResourceKind.ENDPOINTS, yaml.append("]}]}").toString());
    set = EndpointSet.next(set, "c", resource.assignment(), 1);
    upstreams.put(set);
  }

  private String counts() {
    return StatsText.of(
            registry,
            new StatFilter(false, name -> name.matches(".*lb_subsets_(active|created|removed)")))
        .replace("cluster.c.lb_subsets_", "")
        .replace("\n", " ")
        .strip();
  }

  @Test
  void countsWhatEndpointsAreDividedInto() {
    assertThat(counts()).isEqualTo("active: 3 created: 3 removed: 0");
  }

  @Test
  void countsWhatComesAndGoesWithTheEndpoints() {
    endpoints("{v: a, w: x}", "{v: c}", "{v: a}");

    assertThat(counts()).isEqualTo("active: 3 created: 4 removed: 1");
  }

  @Test
  void aNewVersionOfTheClusterBeginsAnew() {
    cluster("connect_timeout: 6s");

    assertThat(counts()).isEqualTo("active: 3 created: 6 removed: 3");
  }

  @Test
  void nothingIsLeftWhenTheClusterGoes() {
    upstreams.remove("c");

    assertThat(counts()).isEqualTo("active: 0 created: 3 removed: 3");
  }
}
