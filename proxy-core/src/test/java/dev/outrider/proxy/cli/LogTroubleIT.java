package dev.outrider.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.server.TestBootstrap;
import dev.outrider.proxy.worker.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of requests and of their lines when an access log cannot be written, or is rotated
/// under load, in a process of its own with two workers.
@Timeout(120)
class LogTroubleIT {
  private static final int CLIENTS = 8;
  private static final int ROTATIONS = 20;

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts it as its log wants
  private Sidecar proxy;

  private int port;

  private void start(String logPath, String format) throws IOException {
    var bootstrap = folder.resolve("bootstrap.yaml");
    Files.writeString(
        bootstrap,
        TestBootstrap.create()
            .route("{ match: { prefix: / }, direct_response: { status: 200 } }")
            .accessLog(
                """
                [{ name: file, typed_config: {
                "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog,
                path: "%s", log_format: { text_format_source: { inline_string: "%s\\n" } } } }]\
                """
                    .formatted(logPath, format)
                    .replace("\n", " "))
            .yaml());
    var address = folder.resolve("admin-address");
    proxy =
        Sidecar.start(
            folder.resolve("log"),
            "-c",
            bootstrap.toString(),
            "--concurrency",
            "2",
            "--file-flush-interval-msec",
            "10",
            "--admin-address-path",
            address.toString());
    proxy.awaitReady(address);
    port = proxy.listenerPort("main");
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private long stat(String name) throws IOException {
    return proxy
        .page("/stats")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + ": "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aFullDiskIsCountedAndFailsNoRequest() throws Exception {
    start("/dev/full", "%REQ(:PATH)%");

    try (var client = new RawClient(port)) {
      for (var sent = 1; stat("filesystem.write_failed") < 5; sent++) {
        assertThat(client.get("/" + sent).read().code()).isEqualTo(200);
      }
    }

    assertThat(stat("filesystem.write_completed")).isZero();
    assertThat(proxy.log()).contains("access log /dev/full cannot be written");
    assertThat(proxy.page("/ready").code()).isEqualTo(200);
    endsWithZero();
  }

  /// A pipe that nobody reads holds the sink's thread in the middle of its work, as a disk may that
  /// hangs: what finds no room is dropped and counted.
  @Test
  void aDiskThatHangsHoldsNoRequest() throws Exception {
    var pipe = folder.resolve("pipe");
    var made = new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start();
    assertThat(made.waitFor()).isZero();
    start(pipe.toString(), "%REQ(:PATH)%" + "x".repeat(20_000));

    try (var client = new RawClient(port)) {
      for (var sent = 1; stat("access_log.dropped") < 100; sent++) {
        assertThat(client.get("/" + sent).read().code()).isEqualTo(200);
      }
    }

    assertThat(stat("filesystem.write_completed")).isZero();
    assertThat(proxy.page("/ready").code()).isEqualTo(200);
    endsWithZero();
  }

  @Test
  void rotationLosesNoLine() throws Exception {
    var log = folder.resolve("access.log");
    start(log.toString(), "%REQ(:PATH)%");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var over = new AtomicInteger();
      List<Future<Integer>> clients = new ArrayList<>();
      for (var i = 0; i < CLIENTS; i++) {
        var name = "/" + i + "-";
        clients.add(threads.submit((Callable<Integer>) () -> ask(name, over)));
      }

      for (var rotation = 0; rotation < ROTATIONS; rotation++) {
        awaitLines(log);
        Files.move(log, folder.resolve("access.log." + rotation));
        if (rotation % 2 == 0) {
          proxy.signal("USR1");
        } else {
          assertThat(proxy.order("/reopen_logs").code()).isEqualTo(200);
        }
      }
      awaitLines(log);
      over.incrementAndGet();

      var sent = new HashSet<String>();
      for (var i = 0; i < CLIENTS; i++) {
        for (int n = clients.get(i).get(); n > 0; n--) {
          sent.add("/" + i + "-" + n);
        }
      }
      endsWithZero();
      var lines = lines();
      assertThat(lines).hasSameSizeAs(sent);
      assertThat(new HashSet<>(lines)).isEqualTo(sent);
    }
  }

  /// How many requests it sent.
  private int ask(String name, AtomicInteger over) throws IOException {
    try (var client = new RawClient(port)) {
      for (var sent = 1; ; sent++) {
        assertThat(client.get(name + sent).read().code()).isEqualTo(200);
        if (over.get() > 0) {
          return sent;
        }
      }
    }
  }

  private void awaitLines(Path log) throws IOException {
    while (!Files.exists(log) || Files.size(log) == 0) {
      assertThat(proxy.process.isAlive()).as(proxy.log()).isTrue();
      Thread.onSpinWait();
    }
  }

  private void endsWithZero() throws Exception {
    proxy.signal("TERM");
    assertThat(proxy.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(proxy.process.exitValue()).as(proxy.log()).isZero();
  }

  /// Of the log under all its names.
  private List<String> lines() throws IOException {
    var lines = new ArrayList<String>();
    try (Stream<Path> files = Files.list(folder)) {
      for (var file : files.toList()) {
        if (file.getFileName().toString().startsWith("access.log")) {
          lines.addAll(Files.readAllLines(file));
        }
      }
    }
    return lines;
  }
}
