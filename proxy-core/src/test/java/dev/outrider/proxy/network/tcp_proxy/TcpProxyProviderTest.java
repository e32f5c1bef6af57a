package dev.outrider.proxy.network.tcp_proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.ClusterChoice.WeightedCluster;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TcpProxyProviderTest {
  private final List<String> logs = new ArrayList<>();
  private final TcpProxyProvider provider =
      new TcpProxyProvider(
          new MetricRegistry(1),
          (messages, context) -> {
            messages.forEach(log -> logs.add(context.field() + " " + log.getName()));
            return CompletableFuture.completedFuture(Parsed.valid(List.of(_ -> {})));
          });

  private Parsed<NetworkFilterFactory> parse(ByteString bytes) {
    var any =
        Any.newBuilder()
            .setTypeUrl("t/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy")
            .setValue(bytes)
            .build();
    return provider
        .parse(any, new ParseContext("listener 'l'", "typed_config", "tcp"))
        .toCompletableFuture()
        .join();
  }

  private TcpProxySpec spec(TcpProxy.Builder message) {
    if (parse(message.build().toByteString())
            instanceof Parsed.Valid<NetworkFilterFactory>(var factory)
        && factory instanceof TcpProxyProvider.Factory made) {
      assertThat(factory.terminal()).isTrue();
      return made.spec();
    }
    throw new AssertionError(problems(message));
  }

  private List<String> problems(TcpProxy.Builder message) {
    return parse(message.build().toByteString()).problems().stream()
        .map(ConfigProblem::text)
        .toList();
  }

  @Test
  void takesEnvoysDefaults() {
    var spec = spec(TcpProxy.newBuilder().setStatPrefix("p").setCluster("c"));

    assertThat(spec.statPrefix()).isEqualTo("p");
    assertThat(spec.clusters()).isEqualTo(new ClusterChoice.Single("c"));
    assertThat(spec.idleMillis()).isEqualTo(3_600_000);
    assertThat(spec.maxDurationMillis()).isZero();
    assertThat(spec.connectAttempts()).isEqualTo(1);
  }

  @Test
  @SuppressWarnings("deprecation") // they are still written
  void readsWhenElseToLog() {
    var message = TcpProxy.newBuilder().setStatPrefix("p").setCluster("c");
    message.setFlushAccessLogOnConnected(true);
    message.setAccessLogFlushInterval(Duration.newBuilder().setSeconds(1));

    assertThat(spec(message).logOptions()).isEqualTo(new AccessLogOptions(true, false, 1_000));

    message.setAccessLogOptions(
        TcpProxy.TcpAccessLogOptions.newBuilder()
            .setAccessLogFlushInterval(Duration.newBuilder().setSeconds(2)));

    assertThat(spec(message).logOptions()).isEqualTo(new AccessLogOptions(false, false, 2_000));
  }

  @Test
  void readsEverythingThatIsActedOn() {
    var clusters =
        TcpProxy.WeightedCluster.newBuilder()
            .addClusters(weighted("a", 1))
            .addClusters(weighted("b", 3));
    var spec =
        spec(
            TcpProxy.newBuilder()
                .setStatPrefix("p")
                .setWeightedClusters(clusters)
                .setIdleTimeout(Duration.newBuilder().setSeconds(2))
                .setMaxDownstreamConnectionDuration(Duration.newBuilder().setNanos(5_000_000))
                .setMaxConnectAttempts(UInt32Value.of(4))
                .addAccessLog(AccessLog.newBuilder().setName("file")));

    assertThat(spec.clusters())
        .isEqualTo(
            new ClusterChoice.Weighted(
                List.of(new WeightedCluster("a", 1), new WeightedCluster("b", 3))));
    assertThat(spec.idleMillis()).isEqualTo(2_000);
    assertThat(spec.maxDurationMillis()).isEqualTo(5);
    assertThat(spec.connectAttempts()).isEqualTo(4);
    assertThat(spec.accessLogs()).hasSize(1);
    assertThat(logs).containsExactly("typed_config file");
  }

  private static TcpProxy.WeightedCluster.ClusterWeight.Builder weighted(String name, int weight) {
    return TcpProxy.WeightedCluster.ClusterWeight.newBuilder().setName(name).setWeight(weight);
  }

  @Test
  void switchesTheIdleTimeoutOff() {
    var spec =
        spec(
            TcpProxy.newBuilder()
                .setStatPrefix("p")
                .setCluster("c")
                .setIdleTimeout(Duration.getDefaultInstance()));

    assertThat(spec.idleMillis()).isZero();
  }

  @Test
  void refusesWhatWouldSendTheBytesElsewhereOrInAnotherForm() {
    var problems =
        problems(
            TcpProxy.newBuilder()
                .setStatPrefix("p")
                .setWeightedClusters(
                    TcpProxy.WeightedCluster.newBuilder()
                        .addClusters(
                            weighted("a", 1).setMetadataMatch(Metadata.getDefaultInstance())))
                .setMetadataMatch(Metadata.getDefaultInstance())
                .setOnDemand(TcpProxy.OnDemand.getDefaultInstance())
                .setTunnelingConfig(
                    TcpProxy.TunnelingConfig.newBuilder().setHostname("example.com:443")));

    assertThat(problems)
        .containsExactlyInAnyOrder(
            "listener 'l': typed_config.tunneling_config: is not supported",
            "listener 'l': typed_config.metadata_match: is not supported",
            "listener 'l': typed_config.on_demand: is not supported",
            "listener 'l': typed_config.weighted_clusters.clusters[0].metadata_match: is not"
                + " supported");
  }

  @Test
  void refusesAProxyWithoutACluster() {
    assertThat(problems(TcpProxy.newBuilder().setStatPrefix("p")))
        .containsExactly(
            "listener 'l': typed_config: one of cluster, weighted_clusters is required");
  }

  @Test
  void refusesBytesThatAreNoProxy() {
    assertThat(parse(ByteString.copyFromUtf8("\u0007")).problems().getFirst().text())
        .startsWith("listener 'l': typed_config: is not a envoy.extensions");
  }
}
