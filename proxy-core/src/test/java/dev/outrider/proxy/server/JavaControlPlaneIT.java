package dev.outrider.proxy.server;

import static dev.outrider.proxy.server.PlaneResources.bootstrap;
import static dev.outrider.proxy.server.PlaneResources.cluster;
import static dev.outrider.proxy.server.PlaneResources.endpoints;
import static dev.outrider.proxy.server.PlaneResources.fixed;
import static dev.outrider.proxy.server.PlaneResources.listener;
import static dev.outrider.proxy.server.PlaneResources.routes;
import static dev.outrider.proxy.server.PlaneResources.secret;
import static dev.outrider.proxy.server.PlaneResources.securedListener;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxy.worker.ScriptedUpstream;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A proxy that java-control-plane steers, over one aggregated stream (X35 of the reference).
class JavaControlPlaneIT {
  @TempDir private Path folder;
  private final ScriptedUpstream first = new ScriptedUpstream();
  private final ScriptedUpstream second = new ScriptedUpstream();

  @AfterEach
  void stop() throws Exception {
    first.close();
    second.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GRPC", "DELTA_GRPC"})
  void followsItThroughUpdatesRemovalsAndItsDeath(String apiType) throws Exception {
    var certificates = new TestCertificates(folder);
    var one = secret(certificates.signed("one", "ec", "/CN=one", "DNS:one.test"));
    var other = secret(certificates.signed("other", "ec", "/CN=other", "DNS:other.test"));
    var plane = PlaneProcess.java(0);
    plane.serve(
        "1",
        cluster("a"),
        endpoints("a", first),
        listener(),
        securedListener(),
        routes("/one"),
        one);
    try (var server = TestServer.start(bootstrap(apiType, plane.port()), 2)) {
      assertThat(server.get("/one/head").code()).isEqualTo(200);
      assertThat(page(server, "/certs", text -> text.contains("one.test"))).contains("one.test");
      assertThat(server.admin("/listeners").body()).contains("secured::");

      // Other endpoints, routes and another certificate.
      plane.serve(
          "2",
          cluster("a"),
          endpoints("a", second),
          listener(),
          securedListener(),
          routes("/two"),
          other);
      assertThat(answers(server, "/two/head")).isTrue();
      assertThat(page(server, "/clusters", text -> text.contains("a::" + at(second))))
          .contains("a::" + at(second))
          .doesNotContain("a::" + at(first));
      assertThat(page(server, "/certs", text -> text.contains("other.test")))
          .contains("other.test")
          .doesNotContain("one.test");

      // A bad cluster beside a good one. Over delta java-control-plane takes both for refused, and
      // speaks of the good one only when that changes. Then neither is there, nor the listener with
      // its secret.
      plane.serve(
          "3",
          cluster("a"),
          fixed("bad", 70_000),
          fixed("good", first.port()),
          endpoints("a", second),
          listener(),
          securedListener(),
          routes("/two"),
          other);
      assertThat(plane.awaitLine("nack type.googleapis.com/envoy.config.cluster.v3.Cluster"))
          .contains("Error adding/updating cluster(s) bad: ");
      assertThat(server.admin("/clusters").body()).contains("good::" + at(first));
      plane.serve(
          "4",
          cluster("a"),
          fixed("bad", second.port()),
          fixed("good", second.port()),
          endpoints("a", second),
          listener(),
          securedListener(),
          routes("/two"),
          other);
      assertThat(page(server, "/clusters", text -> text.contains("good::" + at(second))))
          .contains("bad::" + at(second))
          .contains("good::" + at(second));
      plane.serve("5", cluster("a"), endpoints("a", second), listener(), routes("/two"));
      assertThat(page(server, "/clusters", text -> !text.contains("good::")))
          .doesNotContain("good::");
      assertThat(page(server, "/listeners", text -> !text.contains("secured::")))
          .doesNotContain("secured::");
      assertThat(server.get("/two/head").code()).isEqualTo(200);

      // It dies, and another one comes that knows more.
      var port = plane.port();
      plane.close();
      assertThat(server.get("/two/head").code()).isEqualTo(200);
      plane = PlaneProcess.java(port);
      plane.serve("6", cluster("a"), endpoints("a", first), listener(), routes("/three"));
      assertThat(answers(server, "/three/head")).isTrue();
      assertThat(page(server, "/clusters", text -> text.contains("a::" + at(first))))
          .contains("a::" + at(first));
    } finally {
      plane.close();
    }
  }

  private static String at(ScriptedUpstream upstream) {
    return "127.0.0.1:" + upstream.port();
  }

  private static boolean answers(TestServer server, String path) throws Exception {
    return Eventually.get(() -> server.get(path), response -> response.code() == 200).code() == 200;
  }

  private static String page(TestServer server, String path, Predicate<String> expected)
      throws Exception {
    return Eventually.get(() -> server.admin(path).body(), expected);
  }
}
