package dev.outrider.proxy.controlplane;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A control plane for a laptop: a folder of Envoy YAML, served over ADS for as long as this is
/// open, looked at again every second. It says what it does, line by line. Any thread but a loop.
public final class ServedFolder implements AutoCloseable {
  private static final long LOOK_AGAIN_MILLIS = 1_000;

  private final Consumer<String> lines;
  private final AdsServer server;
  private final ResourceFolder folder;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("folder").factory());
  private List<String> problems = List.of(); // belongs to `thread`

  private ServedFolder(Path path, int port, Consumer<String> lines) throws IOException {
    this.lines = lines;
    this.server = new AdsServer(port, this::answered);
    this.folder =
        new ResourceFolder(
            path,
            new ConfigReader(Schema.load()),
            (kind, version, resources) -> {
              server.pushPacked(kind, version, resources);
              lines.accept(
                  "version %s of %s: %s".formatted(version, kind.word(), resources.keySet()));
            });
  }

  /// Reads the folder and begins to serve.
  ///
  /// @param port 0 = chosen by the system
  /// @param lines told what was pushed, what proxies say to it and what is wrong with the files
  /// @throws IOException if the port cannot be bound
  public static ServedFolder open(Path path, int port, Consumer<String> lines) throws IOException {
    var served = new ServedFolder(path, port, lines);
    var _ =
        served.thread.scheduleWithFixedDelay(
            served::look, 0, LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    return served;
  }

  public int port() {
    return server.port();
  }

  /// Waits for [#close].
  public void awaitClosed() {
    try {
      closed.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    List<String> found;
    try {
      found = folder.refresh().stream().map(ConfigProblem::text).toList();
    } catch (IOException e) {
      found = List.of(String.valueOf(e)); // a file that goes while it is read is looked at again
    }
    if (!found.equals(problems)) {
      found.forEach(problem -> lines.accept("not pushed: " + problem));
    }
    problems = found;
  }

  private void answered(Answer answer) {
    var type = answer.typeUrl().substring(answer.typeUrl().lastIndexOf('.') + 1);
    lines.accept(
        answer.accepted()
            ? "a proxy has version %s of %s".formatted(answer.version(), type)
            : "a proxy refused version %s of %s: %s"
                .formatted(answer.version(), type, answer.error().strip()));
  }

  @Override
  public void close() {
    thread.shutdownNow();
    server.close();
    closed.countDown();
  }
}
