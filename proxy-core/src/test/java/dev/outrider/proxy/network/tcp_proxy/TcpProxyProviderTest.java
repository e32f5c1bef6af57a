package dev.outrider.proxy.network.tcp_proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.network.tcp_proxy.TcpProxySpec.ConnectRules;
import dev.outrider.proxy.network.tcp_proxy.TcpProxySpec.ConnectionClocks;
import dev.outrider.proxy.network.tcp_proxy.TcpProxySpec.Target;
import dev.outrider.proxy.routing.HashPolicy;
import dev.outrider.proxy.routing.HashSource;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.BackoffStrategy;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.TlvEntry;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.type.v3.Percent;
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
    assertThat(spec.targets()).containsExactly(new Target("c", 1, LbMetadata.NONE));
    assertThat(spec.hashPolicies()).isEmpty();
    assertThat(spec.connects()).isEqualTo(new ConnectRules(1, 0, 0));
    assertThat(spec.clocks()).isEqualTo(new ConnectionClocks(3_600_000, 0, 0));
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

    assertThat(problems(message))
        .containsExactly(
            "listener 'l': typed_config: Only one of flush_access_log_on_connected or"
                + " access_log_options can be specified.",
            "listener 'l': typed_config: Only one of access_log_flush_interval or"
                + " access_log_options can be specified.");

    message.clearFlushAccessLogOnConnected().clearAccessLogFlushInterval();

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
                .setMaxDownstreamConnectionDurationJitterPercentage(
                    Percent.newBuilder().setValue(10))
                .setMaxConnectAttempts(UInt32Value.of(4))
                .setBackoffOptions(backOff(100, 0))
                .addHashPolicy(
                    io.envoyproxy.envoy.type.v3.HashPolicy.newBuilder()
                        .setSourceIp(
                            io.envoyproxy.envoy.type.v3.HashPolicy.SourceIp.getDefaultInstance()))
                .addAccessLog(AccessLog.newBuilder().setName("file")));

    assertThat(spec.targets())
        .containsExactly(new Target("a", 1, LbMetadata.NONE), new Target("b", 3, LbMetadata.NONE));
    assertThat(spec.clocks()).isEqualTo(new ConnectionClocks(2_000, 5, 10));
    assertThat(spec.connects()).isEqualTo(new ConnectRules(4, 100, 1_000));
    assertThat(spec.hashPolicies())
        .containsExactly(new HashPolicy(new HashSource.SourceIp(), false));
    assertThat(spec.accessLogs()).hasSize(1);
    assertThat(logs).containsExactly("typed_config file");
  }

  private static BackoffStrategy backOff(int baseMillis, int maxMillis) {
    var waits = BackoffStrategy.newBuilder();
    waits.setBaseInterval(Duration.newBuilder().setNanos(baseMillis * 1_000_000));
    if (maxMillis > 0) {
      waits.setMaxInterval(Duration.newBuilder().setNanos(maxMillis * 1_000_000));
    }
    return waits.build();
  }

  @Test
  void readsWhatIsDemandedOfEndpointsWithAWeightedClusterOverTheProxy() {
    var spec =
        spec(
            TcpProxy.newBuilder()
                .setStatPrefix("p")
                .setMetadataMatch(demands("stage", "prod", "zone", "a"))
                .setWeightedClusters(
                    TcpProxy.WeightedCluster.newBuilder()
                        .addClusters(weighted("x", 1))
                        .addClusters(
                            weighted("y", 1).setMetadataMatch(demands("stage", "canary")))));

    assertThat(spec.targets())
        .extracting(target -> target.demands().get("stage"))
        .containsExactly(new LbValue.Text("prod"), new LbValue.Text("canary"));
    assertThat(spec.targets())
        .allSatisfy(
            target -> assertThat(target.demands().get("zone")).isEqualTo(new LbValue.Text("a")));
  }

  private static Metadata demands(String... namesAndValues) {
    var fields = Struct.newBuilder();
    for (var i = 0; i < namesAndValues.length; i += 2) {
      var value = Value.newBuilder().setStringValue(namesAndValues[i + 1]);
      fields.putFields(namesAndValues[i], value.build());
    }
    return Metadata.newBuilder().putFilterMetadata("envoy.lb", fields.build()).build();
  }

  @Test
  void readsAFilterStateToHash() {
    var state = io.envoyproxy.envoy.type.v3.HashPolicy.FilterState.newBuilder().setKey("k").build();

    assertThat(
            spec(TcpProxy.newBuilder()
                    .setStatPrefix("p")
                    .setCluster("c")
                    .addHashPolicy(
                        io.envoyproxy.envoy.type.v3.HashPolicy.newBuilder().setFilterState(state)))
                .hashPolicies())
        .containsExactly(new HashPolicy(new HashSource.FilterStateObject("k"), false));
  }

  @Test
  void refusesABackOffThatShrinks() {
    assertThat(
            problems(
                TcpProxy.newBuilder()
                    .setStatPrefix("p")
                    .setCluster("c")
                    .setBackoffOptions(backOff(100, 50))))
        .containsExactly(
            "listener 'l': typed_config.backoff_options: max_backoff_interval must be greater or"
                + " equal to base_backoff_interval");
  }

  @Test
  void theJitterIsAShareOfTheDuration() {
    assertThat(new ConnectionClocks(0, 1_000, 10).jitterMillis()).isEqualTo(100);
    assertThat(new ConnectionClocks(0, 5, 10).jitterMillis()).isEqualTo(1);
    assertThat(new ConnectionClocks(0, 1_000, 0).jitterMillis()).isZero();
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

    assertThat(spec.clocks().idleMillis()).isZero();
  }

  @Test
  void refusesWhatWouldSendTheBytesElsewhereOrInAnotherForm() {
    var problems =
        problems(
            TcpProxy.newBuilder()
                .setStatPrefix("p")
                .setCluster("c")
                .addProxyProtocolTlvs(TlvEntry.getDefaultInstance())
                .setOnDemand(TcpProxy.OnDemand.getDefaultInstance())
                .setTunnelingConfig(
                    TcpProxy.TunnelingConfig.newBuilder().setHostname("example.com:443")));

    assertThat(problems)
        .containsExactlyInAnyOrder(
            "listener 'l': typed_config.tunneling_config: is not supported",
            "listener 'l': typed_config.on_demand: is not supported",
            "listener 'l': typed_config.proxy_protocol_tlvs: is not supported");
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
