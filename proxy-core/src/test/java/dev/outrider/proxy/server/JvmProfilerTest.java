package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.admin.Profiler.Subject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JvmProfilerTest {
  private final LinkedBlockingQueue<Runnable> mainLoop = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Runnable> background = new LinkedBlockingQueue<>();
  private final JvmProfiler profiler;
  private final Path folder;

  JvmProfilerTest(@TempDir Path folder) {
    this.folder = folder;
    this.profiler = new JvmProfiler(mainLoop::add, background::add, folder.resolve("cpu.prof"));
  }

  @Test
  void stopsARecordingThatIsBeingStartedWhenItRuns() throws Exception {
    var started = profiler.start(Subject.HEAP).toCompletableFuture();
    var again = profiler.start(Subject.HEAP).toCompletableFuture();

    var stopped = profiler.stop(Subject.HEAP).toCompletableFuture();

    assertThat(stopped).isNotDone();
    background.take().run();
    assertThat(recordings()).singleElement().matches(recording -> recording.getMaxSize() > 0);
    mainLoop.take().run();
    background.take().run();
    mainLoop.take().run();
    assertThat(started).isCompletedWithValue("");
    assertThat(again).isCompletedWithValue("");
    assertThat(stopped).isCompletedWithValue("");
    assertThat(recordings()).isEmpty();
    assertThat(folder.resolve("cpu.prof.heap")).isNotEmptyFile();
  }

  private static List<Recording> recordings() {
    return FlightRecorder.getFlightRecorder().getRecordings().stream()
        .filter(recording -> recording.getName().equals(Subject.HEAP.name()))
        .toList();
  }

  @Test
  void tellsWhoeverAskedOfAnErrorToo() throws Exception {
    var asked =
        profiler.on(
            background::add,
            () -> {
              throw new OutOfMemoryError("of a test");
            });

    background.take().run();
    mainLoop.take().run();

    assertThatThrownBy(asked.toCompletableFuture()::get).hasCauseInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void dumpsOneHeapAtATimeAndLeavesTheBackgroundFree() throws Exception {
    var first = profiler.heapDump().toCompletableFuture();

    var second = profiler.heapDump().toCompletableFuture();

    assertThatThrownBy(second::get).hasMessageContaining("another one is being written");
    assertThat(background).isEmpty();
    mainLoop.take().run();
    try (var channel = first.get().channel()) {
      assertThat(channel.size()).isEqualTo(first.get().bytes()).isPositive();
    }
  }
}
