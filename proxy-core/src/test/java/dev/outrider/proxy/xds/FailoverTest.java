package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap.DynamicResources;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A second server in `ads_config` (Envoy `GrpcMuxFailover`). Every pause is as long as it may be.
class FailoverTest {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(31);

  private final Proxy proxy = new Proxy();
  private final FakeControlPlane first = proxy.controlPlane;
  private final FakeControlPlane second = proxy.failover;

  private static Bootstrap.Builder bootstrap(String failover) {
    var builder = Proxy.dynamicBootstrap();
    builder.getStaticResourcesBuilder().addClusters(Resources.staticCluster("failover", 18002));
    builder
        .getDynamicResourcesBuilder()
        .getAdsConfigBuilder()
        .addGrpcServices(
            GrpcService.newBuilder()
                .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName(failover)));
    return builder;
  }

  private Proxy start() {
    return proxy.start(bootstrap("failover"));
  }

  private void fail(FakeControlPlane server) {
    server.drop("refused");
    proxy.advance(LONGEST_PAUSE);
  }

  @Test
  void theSecondIsAskedWhenTheFirstHasFailedTwice() {
    start();
    assertThat(first.request(ResourceKind.CLUSTER).getNode().getId()).isEqualTo("n");

    fail(first);
    assertThat(first.streams()).isEqualTo(2);
    assertThat(second.streams()).isZero();
    fail(first);

    assertThat(first.streams()).isEqualTo(2);
    assertThat(second.streams()).isEqualTo(1);
    var request = second.request(ResourceKind.CLUSTER);
    assertThat(request.getNode().getId()).isEqualTo("n");
    assertThat(request.getVersionInfo()).isEmpty();
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isEqualTo(2);
    second.connect();
    second.respond(ResourceKind.CLUSTER, "1", Resources.staticCluster("a", 1).build());
    assertThat(proxy.active().clusters()).containsKey("a");
    assertThat(proxy.stat("control_plane.connected_state")).isEqualTo(2);
  }

  @Test
  void eachIsAskedInTurnAsLongAsNoneAnswers() {
    start();
    fail(first);
    fail(first);

    fail(second);
    assertThat(first.streams()).isEqualTo(3);
    fail(first);
    assertThat(second.streams()).isEqualTo(2);
    fail(second);

    assertThat(first.streams()).isEqualTo(4);
  }

  @Test
  void theFirstIsNotLeftOnceItHasAnswered() {
    start();
    fail(first);
    first.respond(ResourceKind.CLUSTER, "1", Resources.staticCluster("a", 1).build());

    for (var i = 0; i < 3; i++) {
      fail(first);
    }

    assertThat(first.streams()).isEqualTo(5);
    assertThat(second.streams()).isZero();
  }

  @Test
  void theFirstIsAskedAgainWhenTheSecondEndsThoughItHasAnswered() {
    start();
    fail(first);
    fail(first);
    second.respond(ResourceKind.CLUSTER, "7", Resources.staticCluster("a", 1).build());

    fail(second);
    assertThat(first.streams()).isEqualTo(3);
    fail(first);
    assertThat(second.streams()).isEqualTo(2);
    fail(second);

    assertThat(first.streams()).isEqualTo(4);
    assertThat(first.request(ResourceKind.CLUSTER).getVersionInfo()).isEqualTo("7");
    assertThat(proxy.active().clusters()).containsKey("a");
  }

  @Test
  void theFirstIsNotLeftOnceItHasAnsweredAfterTheSecond() {
    start();
    fail(first);
    fail(first);
    second.respond(ResourceKind.CLUSTER, "7", Resources.staticCluster("a", 1).build());
    fail(second);
    first.connect();
    first.respond(ResourceKind.CLUSTER, "8", Resources.staticCluster("b", 1).build());
    assertThat(proxy.stat("control_plane.connected_state")).isEqualTo(1);

    fail(first);
    fail(first);
    fail(first);

    assertThat(first.streams()).isEqualTo(6);
    assertThat(second.streams()).isEqualTo(1);
  }

  @Test
  void theFirstIsAskedAgainWhenTheSecondSaysWhatIsNoResponse() {
    start();
    fail(first);
    fail(first);

    second.send(new byte[] {-1});
    proxy.advance(LONGEST_PAUSE);

    assertThat(first.streams()).isEqualTo(3);
  }

  @Test
  void aServerIsNotToldVersionsOfTheOther() {
    proxy.start(
        bootstrap("failover")
            .mergeDynamicResources(
                DynamicResources.newBuilder()
                    .setAdsConfig(
                        ApiConfigSource.newBuilder().setApiType(ApiConfigSource.ApiType.DELTA_GRPC))
                    .build()));
    fail(first);
    fail(first);
    second.change(ResourceKind.CLUSTER, "7", Map.of("a", Resources.staticCluster("a", 1).build()));

    fail(second);
    assertThat(first.deltaRequest(ResourceKind.CLUSTER).getInitialResourceVersionsMap()).isEmpty();
    fail(first);
    assertThat(second.deltaRequest(ResourceKind.CLUSTER).getInitialResourceVersionsMap())
        .isEqualTo(Map.of("a", "7"));
    fail(second);

    first.change(ResourceKind.CLUSTER, "1", Map.of("b", Resources.staticCluster("b", 1).build()));
    fail(first);
    assertThat(first.deltaRequest(ResourceKind.CLUSTER).getInitialResourceVersionsMap())
        .isEqualTo(Map.of("b", "1"));
  }

  @Test
  void aConnectionWithoutAnAnswerIsNone() {
    start();
    first.connect();
    fail(first);
    first.connect();
    fail(first);

    assertThat(second.streams()).isEqualTo(1);
  }

  @Test
  void refusesASecondThatCannotBeReached() {
    assertThat(proxy.startWithProblems(bootstrap("nowhere")))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.text())
                    .isEqualTo(
                        "bootstrap: dynamic_resources.ads_config: Unknown gRPC client cluster"
                            + " 'nowhere': it must be a static cluster of type STATIC with an"
                            + " endpoint"));
  }
}
