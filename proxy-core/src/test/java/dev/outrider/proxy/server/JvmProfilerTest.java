package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class JvmProfilerTest {
  private final LinkedBlockingQueue<Runnable> mainLoop = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Runnable> background = new LinkedBlockingQueue<>();
  private final JvmProfiler profiler =
      new JvmProfiler(mainLoop::add, background::add, Path.of("cpu.prof"));

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
