package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.worker.RawClient;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The operator's drain, over real sockets and two workers.
@Timeout(30)
class DrainIT {
  private static String bootstrap() {
    return TestBootstrap.create()
        .route(
            "{ match: { prefix: / }, direct_response: { status: 200, body: {"
                + " inline_string: hi } } }")
        .yaml();
  }

  private static TestServer start(Duration drainTime) {
    return TestServer.start(
        TestServer.options(new BootstrapSource(null, bootstrap()), 2, drainTime));
  }

  private static boolean closes(RawClient client) throws IOException {
    return client.get("/").read().header("connection").equals("close");
  }

  @Test
  void aFailedHealthCheckIsToldOnEveryWorker() throws Exception {
    try (var server = start(Duration.ofSeconds(5))) {
      assertThat(server.order("/healthcheck/fail").body()).isEqualTo("OK\n");

      assertThat(server.admin("/ready").code()).isEqualTo(503);
      assertThat(server.stat("server.live")).isZero();
      assertThat(server.stat("server.state")).isEqualTo(1);
      for (var i = 0; i < 10; i++) {
        try (var client = server.client()) {
          assertThat(closes(client)).isTrue();
        }
      }
      server.order("/healthcheck/ok");
      try (var client = server.client()) {
        assertThat(closes(client)).isFalse();
      }
      assertThat(server.admin("/ready").body()).isEqualTo("LIVE\n");
    }
  }

  @Test
  void stoppedListenersRefuseNewConnectionsAndAreStillThere() throws Exception {
    try (var server = start(Duration.ofSeconds(5));
        var old = server.client()) {
      int port = server.port();
      assertThat(closes(old)).isFalse();

      server.order("/drain_listeners");

      assertThat(refuses(port)).isTrue();
      assertThat(closes(old)).isTrue();
      assertThat(server.admin("/listeners").body()).isEqualTo("main::127.0.0.1:" + port + "\n");
      assertThat(server.admin("/ready").body()).isEqualTo("LIVE\n");
      server.order("/drain_listeners");
      assertThat(server.stat("listener_manager.listener_stopped")).isEqualTo(1);
    }
  }

  @Test
  void aGracefulDrainStopsTheListenersAtItsEnd() throws Exception {
    try (var server = start(Duration.ofSeconds(1))) {
      server.order("/drain_listeners?graceful");
      try (var client = server.client()) {
        assertThat(closes(client)).isTrue();
      }

      awaitStopped(server);

      assertThat(refuses(server.port())).isTrue();
    }
  }

  @Test
  void writesWhereTheAdminInterfaceIs(@TempDir Path folder) throws Exception {
    var path = folder.resolve("admin");
    var options = TestServer.options(new BootstrapSource(null, bootstrap()), 1);
    var elsewhere =
        new ServerOptions(
            options.bootstrap(),
            options.concurrency(),
            options.drain(),
            options.fileFlushInterval(),
            options.node(),
            null,
            new ServerOptions.AdminOptions(path, false));

    try (var server = Server.start(elsewhere)) {
      assertThat(Files.readString(path)).isEqualTo(String.valueOf(server.adminAddress()));
    }
  }

  private static void awaitStopped(TestServer server) throws IOException {
    while (server.stat("listener_manager.listener_stopped") == 0) {
      Thread.onSpinWait();
    }
  }

  private static boolean refuses(int port) throws IOException {
    try (var _ = new RawClient(port)) {
      return false;
    } catch (ConnectException _) {
      return true;
    }
  }
}
