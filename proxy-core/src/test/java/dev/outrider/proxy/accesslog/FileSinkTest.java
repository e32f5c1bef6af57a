package dev.outrider.proxy.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.metrics.MetricRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FileSinkTest {
  private static final Duration NEVER = Duration.ofHours(1);

  @TempDir Path folder;

  private final MetricRegistry registry = new MetricRegistry(1);

  private static void write(LogSink sink, String line) {
    var bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    sink.write(bytes, 0, bytes.length);
  }

  private long counted(String name) {
    return registry.counter(name).value();
  }

  @Test
  void writesWhatIsPendingWhenClosed() throws IOException {
    var file = folder.resolve("access.log");
    var logs = new LogFiles(NEVER, registry);
    write(logs.file(file.toString()), "one");
    write(logs.file(file.toString()), "two");

    logs.close();

    assertThat(file).hasContent("one\ntwo\n");
    assertThat(counted("filesystem.write_buffered")).isEqualTo(2);
  }

  @Test
  void keepsAFileOpenUntilItsLastLeaseEnds() throws IOException {
    var file = folder.resolve("access.log");
    var logs = new LogFiles(NEVER, registry);
    var first = logs.file(file.toString());
    var second = logs.file(file.toString());

    assertThat(second).isSameAs(first);
    logs.release(first);
    write(second, "still");
    logs.release(second);

    assertThat(file).hasContent("still\n");
    assertThat(logs.file(file.toString())).isNotSameAs(first);
    logs.close();
  }

  @Test
  void appendsToWhatIsThere() throws IOException {
    var file = Files.writeString(folder.resolve("access.log"), "before\n");
    var logs = new LogFiles(NEVER, registry);
    write(logs.file(file.toString()), "after");

    logs.close();

    assertThat(file).hasContent("before\nafter\n");
  }

  @Test
  @Timeout(30)
  void sleepsUntilThereIsSomethingToWrite() throws Exception {
    var written = new LinkedBlockingQueue<String>();
    var out =
        new WritableByteChannel() {
          @Override
          public int write(ByteBuffer bytes) {
            var length = bytes.remaining();
            written.add(StandardCharsets.UTF_8.decode(bytes).toString());
            return length;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };
    try (var sink = new FileSink("sleeper", () -> out, Duration.ofMillis(1), registry).start()) {
      for (var line : List.of("one", "two", "three")) {
        while (writer("sleeper").getState() != Thread.State.WAITING) { // without a limit
          Thread.onSpinWait();
        }
        write(sink, line);
        assertThat(written.take()).isEqualTo(line + "\n");
      }
    }
    assertThat(counted("filesystem.flushed_by_timer")).isEqualTo(3);
  }

  private static Thread writer(String sink) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("access-log-" + sink))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void writesToANewFileAfterRotation() throws Exception {
    var file = folder.resolve("access.log");
    var opened = new ArrayList<CountDownLatch>();
    opened.add(new CountDownLatch(1));
    opened.add(new CountDownLatch(1));
    var sink =
        new FileSink(
                "x",
                () -> {
                  var channel =
                      FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                  opened.removeFirst().countDown();
                  return channel;
                },
                Duration.ofMillis(1),
                registry)
            .start();
    var first = opened.getFirst();
    write(sink, "old");
    first.await();
    Files.move(file, folder.resolve("access.log.1"));
    var second = opened.getFirst();

    sink.reopen();
    while (second.getCount() > 0) {
      write(sink, "new");
      Thread.onSpinWait();
    }
    sink.close();

    assertThat(Files.readString(folder.resolve("access.log.1"))).startsWith("old\n");
    assertThat(file).content().startsWith("new\n").doesNotContain("old");
  }

  @Test
  void losesAndMixesNothingFromSeveralThreads() throws Exception {
    var file = folder.resolve("access.log");
    var logs = new LogFiles(Duration.ofMillis(2), registry);
    var sink = logs.file(file.toString());
    var threads = new ArrayList<Thread>();
    for (var i = 0; i < 4; i++) {
      var name = "loop-" + i;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (var n = 0; n < 5_000; n++) {
                      write(sink, name + " " + n + " " + "x".repeat(n % 97));
                    }
                  }));
    }
    for (var thread : threads) {
      thread.join();
    }
    logs.close();

    assertThat(counted("access_log.dropped")).isZero();
    var byThread =
        Files.readAllLines(file).stream()
            .collect(
                Collectors.groupingBy(
                    line -> line.substring(0, line.indexOf(' ')), Collectors.toList()));
    assertThat(byThread).hasSize(4);
    byThread.forEach(
        (name, lines) -> {
          assertThat(lines).hasSize(5_000);
          for (var n = 0; n < 5_000; n++) {
            assertThat(lines.get(n)).isEqualTo(name + " " + n + " " + "x".repeat(n % 97));
          }
        });
  }

  @Test
  void dropsAndCountsWhatDoesNotFit() throws Exception {
    var disk = new StuckDisk();
    var sink = new FileSink("stuck", () -> disk, Duration.ofMillis(1), registry).start();
    write(sink, "wakes the writer");
    disk.entered.await();

    var kilobyte = "k".repeat(1023);
    for (var i = 0; i < 2_000; i++) {
      write(sink, kilobyte);
    }
    assertThat(counted("access_log.dropped")).isBetween(900L, 1_100L);
    assertThat(registry.gauge("filesystem.write_total_buffered").value()).isPositive();

    disk.mayGoOn.countDown();
    sink.close();
    assertThat(registry.gauge("filesystem.write_total_buffered").value()).isZero();
    assertThat(disk.written.size() / 1024).isEqualTo((int) (2_000 - counted("access_log.dropped")));
  }

  @Test
  void triesAgainAfterTheDiskFailed() throws Exception {
    var good = new ByteArrayOutputStream();
    var opens = new CountDownLatch(3);
    var sink =
        new FileSink(
                "broken",
                () -> {
                  opens.countDown();
                  if (opens.getCount() > 0) {
                    throw new IOException("no space left on device");
                  }
                  return Channels.newChannel(good);
                },
                Duration.ofMillis(1),
                registry)
            .start();

    while (opens.getCount() > 0) {
      write(sink, "line");
      Thread.onSpinWait();
    }
    sink.close();

    assertThat(counted("filesystem.write_failed")).isEqualTo(2);
    assertThat(counted("filesystem.reopen_failed")).isZero();
    assertThat(good.toString(StandardCharsets.UTF_8)).startsWith("line\n");
  }

  @Test
  void countsAFileThatIsGoneWhenItIsToBeOpenedAgain() throws Exception {
    var opens = new CountDownLatch(2);
    var sink =
        new FileSink(
                "moved",
                () -> {
                  opens.countDown();
                  if (opens.getCount() == 0) {
                    throw new IOException("no such directory");
                  }
                  return Channels.newChannel(new ByteArrayOutputStream());
                },
                Duration.ofMillis(1),
                registry)
            .start();
    write(sink, "old");
    while (opens.getCount() == 2) {
      Thread.onSpinWait();
    }

    sink.reopen();
    while (opens.getCount() > 0) {
      write(sink, "new");
      Thread.onSpinWait();
    }
    sink.close();

    assertThat(counted("filesystem.reopen_failed")).isEqualTo(1);
  }

  /// Accepts nothing until it is told to.
  private static final class StuckDisk implements WritableByteChannel {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public int write(ByteBuffer source) throws IOException {
      entered.countDown();
      try {
        mayGoOn.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      var bytes = new byte[source.remaining()];
      source.get(bytes);
      written.write(bytes);
      return bytes.length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
