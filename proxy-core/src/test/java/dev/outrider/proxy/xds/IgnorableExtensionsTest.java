package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import org.junit.jupiter.api.Test;

/// What Istio sends to every proxy and only its own Envoy has: `filters` of clusters, HTTP filters,
/// network filters; `typed_config` by their own type or in a TypedStruct; `name` as it likes.
class IgnorableExtensionsTest {
  private static final String ALPN = "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig";
  private static final String EXCHANGE = "envoy.tcp.metadataexchange.config.MetadataExchange";

  private final Proxy proxy = Proxy.running();
  private final FakeControlPlane plane = proxy.controlPlane;

  private static Any unknown(String typeName) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + typeName)
        .setValue(ByteString.copyFromUtf8("\n\3abc"))
        .build();
  }

  private static Any struct(String typeName) {
    return Any.pack(
        com.github.xds.type.v3.TypedStruct.newBuilder()
            .setTypeUrl("type.googleapis.com/" + typeName)
            .build());
  }

  private static Cluster.Builder cluster(Any filter) {
    return Resources.staticCluster("c", 9003)
        .addFilters(
            io.envoyproxy.envoy.config.cluster.v3.Filter.newBuilder()
                .setName("istio.metadata_exchange")
                .setTypedConfig(filter));
  }

  private static Message listener(Any http, Any network) {
    var hcm = Resources.rdsHcm("r");
    hcm.addHttpFilters(0, HttpFilter.newBuilder().setName("h").setTypedConfig(http));
    var listener = Resources.listener("l", 10000, hcm);
    listener
        .getFilterChainsBuilder(0)
        .addFilters(0, Filter.newBuilder().setName("n").setTypedConfig(network));
    return listener.build();
  }

  /// What the next answer to resources of that kind objects to.
  private String refusal(ResourceKind kind) {
    while (true) {
      var request = plane.request();
      if (request.getTypeUrl().equals(kind.typeUrl())) {
        return request.getErrorDetail().getMessage();
      }
    }
  }

  @Test
  void aClusterServesWithoutThem() {
    plane.respond(ResourceKind.CLUSTER, "2", cluster(unknown(EXCHANGE)).build());

    assertThat(refusal(ResourceKind.CLUSTER)).isEmpty();
    assertThat(proxy.cluster("c").name()).isEqualTo("c");
  }

  @Test
  void aListenerServesWithoutThem() {
    plane.respond(ResourceKind.LISTENER, "2", listener(unknown(ALPN), struct(EXCHANGE)));

    assertThat(refusal(ResourceKind.LISTENER)).isEmpty();
    var chain = proxy.listener("l").chains().all().getFirst();
    assertThat(chain.filters()).isEmpty();
    assertThat(Resources.http(chain).filters().usual()).isEmpty();
  }

  @Test
  void whatNobodyKnowsIsRefusedAllTheSame() {
    plane.respond(
        ResourceKind.LISTENER, "2", listener(unknown("istio.Unheard"), struct("x.Unheard")));
    assertThat(refusal(ResourceKind.LISTENER))
        .contains("Didn't find a registered implementation for 'h' with type URL: 'istio.Unheard'")
        .contains("Didn't find a registered implementation for 'n'");

    plane.respond(ResourceKind.CLUSTER, "2", cluster(struct("x.Unheard")).build());
    assertThat(refusal(ResourceKind.CLUSTER)).contains("filters[0]: is not supported");
  }

  @Test
  void theyDoNotEndAChain() {
    var chain = Resources.listener("l", 10000, Resources.rdsHcm("r"));
    chain
        .getFilterChainsBuilder(0)
        .clearFilters()
        .addFilters(Filter.newBuilder().setName("n").setTypedConfig(unknown(EXCHANGE)));

    plane.respond(ResourceKind.LISTENER, "2", chain.build());

    assertThat(refusal(ResourceKind.LISTENER))
        .contains("Didn't find a registered implementation for 'n'");
  }

  @Test
  void theyAreReportedAndCounted() {
    var report = new FieldReport();
    var metrics = new MetricRegistry(1);
    var key = new ResourceKey(ResourceKind.CLUSTER, "c");
    var bytes = cluster(struct(EXCHANGE)).build().toByteString();

    assertThat(Yaml.check(report, metrics).problems(key, ConfigOrigin.DYNAMIC, bytes)).isEmpty();

    assertThat(report.entries())
        .containsExactly(
            new FieldReport.Entry(
                "cluster 'c'", "filters[0].typed_config", "istio.metadata_exchange"));
    assertThat(metrics.snapshot())
        .filteredOn(value -> value.name().equals("extension.ignored.istio.metadata_exchange"))
        .singleElement()
        .isInstanceOfSatisfying(
            StatValue.Scalar.class, scalar -> assertThat(scalar.value()).isEqualTo(1));
  }
}
