package dev.outrider.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.RawClient;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The program as a process of its own.
@Timeout(60)
class MainIT {
  @TempDir Path folder;

  @Test
  void drainsOnSigtermAndExitsWithZero() throws Exception {
    try (var service = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        var sidecar = sidecar("--listen", "0", "--to", "127.0.0.1:" + service.getLocalPort())) {
      int port = sidecar.port();
      try (var client = new RawClient(port);
          var idle = new RawClient(port)) {
        client.get("/slow");
        try (var request = service.accept()) {
          sidecar.process.destroy(); // SIGTERM

          awaitRefusal(port);
          request
              .getOutputStream()
              .write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate".getBytes(UTF_8));
          assertThat(client.read().body()).isEqualTo("late");
        }
        assertThat(idle.readByte()).isEqualTo(-1);
      }

      assertThat(sidecar.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(sidecar.process.exitValue()).isZero();
      assertThat(sidecar.log()).contains("[info][main] draining for at most 600 s");
    }
  }

  @Test
  void exitsAtOnceOnASecondSigterm() throws Exception {
    try (var service = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        var sidecar = sidecar("--listen", "0", "--to", "127.0.0.1:" + service.getLocalPort())) {
      int port = sidecar.port();
      try (var client = new RawClient(port)) {
        client.get("/slow");
        try (var _ = service.accept()) {
          sidecar.process.destroy(); // SIGTERM
          awaitRefusal(port);
          assertThat(sidecar.process.isAlive()).as("while a request is in flight").isTrue();

          sidecar.process.destroy();

          assertThat(sidecar.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
      }
      assertThat(sidecar.process.exitValue()).isEqualTo(1);
      assertThat(sidecar.log()).contains("caught SIGTERM again: exiting at once");
    }
  }

  /// What becomes of its connections is `SigtermIT`'s subject. A client that connects at the moment
  /// when the old socket closes may have to do so again.
  @Test
  void takesOverFromAProcessThatServes() throws Exception {
    try (var before = sidecar("--listen", "0", "--to", "127.0.0.1:1")) {
      int port = before.port();
      assertThat(codeOrAgain(port)).isEqualTo(503); // nobody is at the service's port
      try (var after =
          sidecar(
              "--listen",
              "" + port,
              "--to",
              "127.0.0.1:1",
              "--take-over",
              "" + before.process.pid())) {
        while (before.process.isAlive()) {
          assertThat(codeOrAgain(port)).isEqualTo(503);
        }

        assertThat(before.process.exitValue()).isZero();
        assertThat(after.port()).isEqualTo(port);
        assertThat(codeOrAgain(port)).isEqualTo(503);
        assertThat(after.stat("downstream_rq_5xx")).isPositive();
      }
    }
  }

  private static int codeOrAgain(int port) throws IOException {
    for (int attempt = 0; ; attempt++) {
      try (var client = new RawClient(port)) {
        return client.get("/").read().code();
      } catch (IOException lost) {
        assertThat(attempt).as(lost.toString()).isLessThan(3);
      }
    }
  }

  /// And eats SIGHUP, as Envoy.
  @Test
  void opensItsLogAgainOnSigusr1() throws Exception {
    var path = folder.resolve("outrider.log");
    try (var sidecar =
        sidecar("--listen", "0", "--to", "127.0.0.1:1", "--log-path", path.toString())) {
      sidecar.port();
      var rotated = Files.move(path, folder.resolve("outrider.log.1"));

      sidecar.signal("HUP");
      sidecar.signal("USR1");

      while (!Files.exists(path)) {
        assertThat(sidecar.process.isAlive()).isTrue();
        Thread.onSpinWait();
      }
      sidecar.process.destroy();
      assertThat(sidecar.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(rotated))
          .contains("caught SIGUSR1. Reopening access logs.")
          .doesNotContain("caught SIGTERM");
      assertThat(Files.readString(path)).contains("caught SIGTERM").contains("exiting");
      assertThat(sidecar.log()).as("standard error").isEmpty();
    }
  }

  @Test
  void endsOnTheAdminsWord() throws Exception {
    try (var sidecar = sidecar("--listen", "0", "--to", "127.0.0.1:1")) {
      sidecar.port();
      try (var admin = new RawClient(sidecar.adminPort)) {
        admin.send("POST /quitquitquit HTTP/1.1\nhost: a\ncontent-length: 0\n\n");
        assertThat(admin.read().body()).isEqualTo("OK\n");
      }

      assertThat(sidecar.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(sidecar.process.exitValue()).isZero();
    }
  }

  /// Clients that find no descriptor wait in the backlog; nothing spins meanwhile.
  @Test
  void waitsForDescriptorsAndServesThoseWhoWaited() throws Exception {
    try (var sidecar = sidecar("--listen", "0", "--to", "127.0.0.1:1", "-l", "warning")) {
      var port = sidecar.port();
      try (var client = new RawClient(port)) { // everything that it takes has been opened once
        assertThat(client.get("/").read().code()).isEqualTo(503);
      }
      sidecar.limitDescriptors(10);
      var begun = System.nanoTime();
      var clients = new ArrayList<RawClient>();
      for (var i = 0; i < 30; i++) {
        clients.add(new RawClient(port).get("/"));
      }
      while (!sidecar.log().contains("cannot accept")) {
        Thread.onSpinWait();
      }

      assertThat(clients.getFirst().read().code()).isEqualTo(503);
      for (var client : clients.subList(0, 20)) {
        client.close();
      }
      for (var waiting : clients.subList(20, 30)) {
        assertThat(waiting.read().code()).isEqualTo(503);
        waiting.close();
      }
      var rests = 1 + (System.nanoTime() - begun) / 100_000_000;
      assertThat(sidecar.stat("downstream_cx_accept_error")).isBetween(1L, rests);
      assertThat(sidecar.log().lines().filter(line -> line.contains("cannot accept")))
          .singleElement()
          .asString()
          .contains("Too many open files", "ulimit -n", "global_downstream_max_connections");
    }
  }

  @Test
  void saysInOneLineThatItsPortIsInUse() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var sidecar =
            sidecar("--listen", "" + taken.getLocalPort(), "--to", "127.0.0.1:1", "-l", "info")) {
      assertThat(sidecar.process.waitFor(20, TimeUnit.SECONDS)).isTrue();

      assertThat(sidecar.process.exitValue()).isEqualTo(1);
      assertThat(sidecar.log())
          .isEqualTo(
              "outrider: listener 'sidecar' cannot bind 127.0.0.1:%d: address already in use\n"
                  .formatted(taken.getLocalPort()));
    }
  }

  @Test
  void printsAGuestsWordsAsEnvoyDoes() throws Exception {
    var guest =
        Wat.guest()
            .data(1000, "hello")
            .onConfigure("(call $say (i32.const 1000) (i32.const 5))")
            .wasm();
    var module = Files.write(folder.resolve("loud.wasm"), guest);

    try (var sidecar =
        sidecar("--listen", "0", "--to", "127.0.0.1:1", "--filter", module.toString())) {
      sidecar.port();

      assertThat(sidecar.log().lines())
          .anyMatch(
              line ->
                  line.matches(
                      "\\[\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}]\\[[^]]+]\\[info]"
                          + "\\[wasm] wasm log loud loud: hello"));
    }
  }

  /// A listener that drains is closed: sooner or later a new connection is refused.
  private static void awaitRefusal(int port) throws IOException {
    while (true) {
      try (var _ = new RawClient(port)) {
        Thread.onSpinWait();
      } catch (ConnectException _) {
        return;
      }
    }
  }

  private Sidecar sidecar(String... flags) throws IOException {
    var arguments = new ArrayList<>(List.of("run", "--concurrency", "1"));
    arguments.addAll(List.of(flags));
    return Sidecar.start(folder.resolve("log"), arguments.toArray(String[]::new));
  }
}
