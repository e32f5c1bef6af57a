package dev.outrider.proxy.controlplane;

import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SystemClock;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import dev.outrider.proxy.loop.Turn;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A loop on a real thread in real time, without sockets of its own.
final class ThreadLoop implements Loop, AutoCloseable {
  private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
  private final Clock clock = new SystemClock();
  private final Turn turn = new Turn(() -> execute(() -> {}));
  private final Thread thread =
      CompletableFuture.supplyAsync(Thread::currentThread, executor).join();

  @Override
  public int index() {
    return 0;
  }

  @Override
  public boolean onLoop() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /// Asks on the loop and waits for the answer.
  <T> T ask(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, executor).join();
  }

  @Override
  public Timers timers() {
    return OneTimer::new;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public Turn turn() {
    return turn;
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }

  private final class OneTimer implements Timer {
    private final Runnable onFire;
    private @Nullable ScheduledFuture<?> pending;

    OneTimer(Runnable onFire) {
      this.onFire = onFire;
    }

    @Override
    public void arm(long delayMillis) {
      cancel();
      pending =
          executor.schedule(
              () -> {
                pending = null;
                onFire.run();
              },
              delayMillis,
              TimeUnit.MILLISECONDS);
    }

    @Override
    public void cancel() {
      var old = pending;
      pending = null;
      if (old != null) {
        old.cancel(false);
      }
    }

    @Override
    public boolean armed() {
      return pending != null;
    }

    @Override
    public void shift(long millis) {
      throw new UnsupportedOperationException("nothing here moves a timer");
    }
  }
}
