package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Overload of a whole proxy, as a file says it.
@Timeout(60)
class OverloadIT {
  private static final String INJECTED = "overload.file.";

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nothingIsWrong() throws IOException {
    file = directory.resolve("pressure");
    press("0");
  }

  private void press(String pressure) throws IOException {
    var draft = directory.resolve("draft");
    Files.writeString(draft, pressure + "\n");
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private TestServer start(String action, String heapTrigger) {
    return start(action, heapTrigger, "");
  }

  /// @param more of the action, in one line
  private TestServer start(String action, String heapTrigger, String more) {
    return TestServer.start(
        """
        overload_manager:
          refresh_interval: 0.02s
          resource_monitors:
          - name: file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig
              filename: "%s"
          - name: heap
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig
              max_heap_size_bytes: 1000
          actions:
          - name: envoy.overload_actions.%s
            triggers: [{ name: file, threshold: { value: 0.9 } }%s]
            %s
        """
                .formatted(file, action, heapTrigger, more)
            + TestBootstrap.create()
                .route("{ match: { prefix: / }, direct_response: { status: 200 } }")
                .yaml(),
        2);
  }

  /// Until a statistic has that value, or more.
  private static void await(TestServer server, String stat, long value) throws IOException {
    while (server.stat(stat) < value) {
      Thread.onSpinWait(); // each look is a request
    }
  }

  @Test
  void stopsRequestsWhileTheFileSaysSo() throws IOException {
    try (var server = start("stop_accepting_requests", "")) {
      assertThat(server.get("/").status()).isEqualTo("HTTP/1.1 200 OK");

      press("0.95");
      await(server, INJECTED + "pressure", 95);
      await(server, "overload.envoy.overload_actions.stop_accepting_requests.active", 1);
      var answer = server.get("/");
      while (answer.status().contains("200")) { // that worker hears of it soon
        answer = server.get("/");
      }
      assertThat(answer.status()).isEqualTo("HTTP/1.1 503 Service Unavailable");
      assertThat(answer.body()).isEqualTo("envoy overloaded");

      press("nonsense");
      await(server, INJECTED + "failed_updates", 2);
      assertThat(server.stat(INJECTED + "pressure")).isEqualTo(95);

      press("0");
      while (!server.get("/").status().contains("200")) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void knowsHowMuchOfTheHeapIsUsed() throws IOException {
    var trigger = ", { name: heap, scaled: { scaling_threshold: 0.5, saturation_threshold: 0.9 } }";
    try (var server = start("disable_http_keepalive", trigger)) {
      await(server, "overload.heap.pressure", 100_000); // a thousand times as much as there may be
      await(server, "overload.envoy.overload_actions.disable_http_keepalive.scale_percent", 100);
      var answer = server.get("/");
      while (!"close".equals(answer.header("connection"))) {
        answer = server.get("/");
      }
    }
  }

  /// The idle timeout is an hour.
  @Test
  void endsConnectionsThatRestAlready() throws IOException {
    var typed =
        """
        typed_config: { "@type": type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig, \
        timer_scale_factors: [{ timer: HTTP_DOWNSTREAM_CONNECTION_IDLE, min_timeout: 0.1s }] }\
        """;
    try (var server = start("reduce_timeouts", "", typed);
        var client = server.client();
        var silent = server.client()) {
      assertThat(client.get("/").read().code()).isEqualTo(200);

      press("1");

      assertThat(client.readByte()).isEqualTo(-1);
      assertThat(silent.readByte()).isEqualTo(-1);
      assertThat(server.stat("http.test.downstream_cx_idle_timeout")).isEqualTo(2);
    }
  }

  @Test
  void letsClientsWaitOutside() throws Exception {
    try (var server = start("stop_accepting_connections", "")) {
      server.get("/");
      press("1");
      await(server, "overload.envoy.overload_actions.stop_accepting_connections.active", 1);
      var waiting = new CompletableFuture<?>[20];
      for (var i = 0; i < waiting.length; i++) {
        waiting[i] =
            CompletableFuture.supplyAsync(() -> status(server), Thread::startVirtualThread);
      }
      // The first may find a worker that has not heard of it; all cannot.
      var all = CompletableFuture.allOf(waiting);
      assertThatThrownBy(() -> all.get(300, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);

      press("0");

      for (var each : waiting) {
        assertThat(each.get(20, TimeUnit.SECONDS)).isEqualTo("HTTP/1.1 200 OK");
      }
    }
  }

  private static String status(TestServer server) {
    try {
      return server.get("/").status();
    } catch (IOException failed) {
      return failed.toString();
    }
  }
}
