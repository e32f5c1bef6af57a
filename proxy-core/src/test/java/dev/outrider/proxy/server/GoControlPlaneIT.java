package dev.outrider.proxy.server;

import static dev.outrider.proxy.server.PlaneResources.bootstrap;
import static dev.outrider.proxy.server.PlaneResources.byType;
import static dev.outrider.proxy.server.PlaneResources.cluster;
import static dev.outrider.proxy.server.PlaneResources.endpoints;
import static dev.outrider.proxy.server.PlaneResources.extendedListener;
import static dev.outrider.proxy.server.PlaneResources.extension;
import static dev.outrider.proxy.server.PlaneResources.fixed;
import static dev.outrider.proxy.server.PlaneResources.itself;
import static dev.outrider.proxy.server.PlaneResources.layer;
import static dev.outrider.proxy.server.PlaneResources.listener;
import static dev.outrider.proxy.server.PlaneResources.routes;
import static dev.outrider.proxy.server.PlaneResources.secret;
import static dev.outrider.proxy.server.PlaneResources.securedListener;
import static dev.outrider.proxy.server.PlaneResources.withLayer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxy.worker.ScriptedUpstream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A proxy that a real control plane steers, over one aggregated stream (X35 of the reference).
class GoControlPlaneIT {
  @TempDir private Path folder;
  private final ScriptedUpstream first = new ScriptedUpstream();
  private final ScriptedUpstream second = new ScriptedUpstream();

  @BeforeEach
  void isBuilt() {
    assumeTrue(
        Files.isExecutable(PlaneProcess.GO_PROGRAM),
        "no " + PlaneProcess.GO_PROGRAM + ": run .ci/control-planes");
  }

  @AfterEach
  void stop() throws Exception {
    first.close();
    second.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GRPC", "DELTA_GRPC"})
  void followsItThroughGoodAndBadSnapshotsAndItsDeath(String apiType) throws Exception {
    var plane = PlaneProcess.go(0);
    plane.serve("1", cluster("a"), endpoints("a", first), listener(), routes("/one"));
    try (var server = TestServer.start(bootstrap(apiType, plane.port()), 2)) {
      assertThat(server.get("/one/head").code()).isEqualTo(200);
      assertThat(server.get("/two/head").code()).isEqualTo(404);

      // Other endpoints and other routes.
      plane.serve("2", cluster("a"), endpoints("a", second), listener(), routes("/two"));
      var moved = Eventually.get(() -> server.get("/two/head"), response -> response.code() == 200);
      assertThat(moved.code()).isEqualTo(200);
      assertThat(
              Eventually.get(
                  () -> server.admin("/clusters").body(),
                  page -> page.contains("a::127.0.0.1:" + second.port())))
          .contains("a::127.0.0.1:" + second.port())
          .doesNotContain("a::127.0.0.1:" + first.port());

      // A bad cluster beside a good one, mended with the next snapshot.
      plane.serve(
          "3",
          cluster("a"),
          fixed("bad", 70_000),
          fixed("good", first.port()),
          endpoints("a", second),
          listener(),
          routes("/two"));
      assertThat(plane.awaitLine("nack type.googleapis.com/envoy.config.cluster.v3.Cluster"))
          .contains("Error adding/updating cluster(s) bad: ");
      assertThat(server.admin("/clusters").body()).contains("good::127.0.0.1:" + first.port());
      plane.serve("4", cluster("a"), endpoints("a", second), listener(), routes("/two"));
      assertThat(
              Eventually.get(
                  () -> server.admin("/clusters").body(), page -> !page.contains("good::")))
          .doesNotContain("good::");
      assertThat(server.get("/two/head").code()).isEqualTo(200);

      // It dies, and another one comes that knows more.
      var port = plane.port();
      plane.close();
      assertThat(server.get("/two/head").code()).isEqualTo(200);
      plane = PlaneProcess.go(port);
      plane.serve("5", cluster("a"), endpoints("a", first), listener(), routes("/three"));
      assertThat(
              Eventually.get(() -> server.get("/three/head"), response -> response.code() == 200)
                  .code())
          .isEqualTo(200);
      assertThat(server.admin("/config_dump?resource=dynamic_route_configs").body())
          .contains("/three");
    } finally {
      plane.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GRPC", "DELTA_GRPC"})
  void followsItOverAStreamForEachType(String apiType) throws Exception { // X35
    try (var plane = PlaneProcess.goByType()) {
      plane.serve(
          "1",
          itself(cluster("a"), apiType),
          itself(cluster("b"), apiType),
          endpoints("a", first),
          endpoints("b", second),
          itself(listener(), apiType),
          routes("/one"));
      try (var server = TestServer.start(byType(apiType, plane.port()), 2)) {
        assertThat(server.get("/one/head").code()).isEqualTo(200);
        assertThat(server.admin("/clusters").body())
            .contains("a::127.0.0.1:" + first.port())
            .contains("b::127.0.0.1:" + second.port());

        plane.serve(
            "2",
            itself(cluster("a"), apiType),
            endpoints("a", second),
            itself(listener(), apiType),
            routes("/two"));

        assertThat(
                Eventually.get(() -> server.get("/two/head"), response -> response.code() == 200)
                    .code())
            .isEqualTo(200);
        assertThat(
                Eventually.get(
                    () -> server.admin("/clusters").body(),
                    page ->
                        page.contains("a::127.0.0.1:" + second.port()) && !page.contains("b::")))
            .contains("a::127.0.0.1:" + second.port())
            .doesNotContain("b::");
        assertThat(server.stat("cluster_manager.cds.control_plane.connected_state")).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"GRPC, false", "DELTA_GRPC, false", "GRPC, true", "DELTA_GRPC, true"})
  void followsItsSecretsAndExtensions(String apiType, boolean byType) throws Exception {
    var certificates = new TestCertificates(folder);
    var one = secret(certificates.signed("one", "ec", "/CN=one", "DNS:one.test"));
    var other = secret(certificates.signed("other", "ec", "/CN=other", "DNS:other.test"));
    UnaryOperator<String> from = byType ? each -> itself(each, apiType) : each -> each;
    try (var plane = byType ? PlaneProcess.goByType() : PlaneProcess.go(0)) {
      var bootstrap = byType ? byType(apiType, plane.port()) : bootstrap(apiType, plane.port());
      plane.serve(
          "1",
          from.apply(cluster("a")),
          endpoints("a", first),
          from.apply(extendedListener()),
          from.apply(securedListener()),
          routes("/one"),
          one,
          extension("/up"));
      try (var server = TestServer.start(bootstrap, 2)) {
        assertThat(server.get("/up").code()).isEqualTo(200);
        assertThat(server.get("/alive").code()).isEqualTo(404);
        assertThat(server.admin("/certs").body()).contains("one.test");

        plane.serve(
            "2",
            from.apply(cluster("a")),
            endpoints("a", first),
            from.apply(extendedListener()),
            from.apply(securedListener()),
            routes("/one"),
            other,
            extension("/alive"));

        assertThat(
                Eventually.get(() -> server.get("/alive"), response -> response.code() == 200)
                    .code())
            .isEqualTo(200);
        assertThat(server.get("/up").code()).isEqualTo(404);
        assertThat(
                Eventually.get(
                    () -> server.admin("/certs").body(), page -> page.contains("other.test")))
            .contains("other.test")
            .doesNotContain("one.test");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GRPC", "DELTA_GRPC"})
  void followsItsRuntime(String apiType) throws Exception {
    try (var plane = PlaneProcess.go(0)) {
      // It answers nothing about a kind of which it has nothing, so it has some of each.
      plane.serve("1", cluster("a"), endpoints("a", first), listener(), routes("/one"), layer(1));
      try (var server = TestServer.start(withLayer(bootstrap(apiType, plane.port())), 1)) {
        assertThat(server.admin("/runtime").body()).contains(value(1));

        plane.serve("2", cluster("a"), endpoints("a", first), listener(), routes("/one"), layer(2));

        assertThat(
                Eventually.get(
                    () -> server.admin("/runtime").body(), page -> page.contains(value(2))))
            .contains(value(2));
      }
    }
  }

  private static String value(int layer) {
    return "\"final_value\": \"" + layer + "\"";
  }
}
