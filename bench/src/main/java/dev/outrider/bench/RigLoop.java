package dev.outrider.bench;

import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SystemClock;
import dev.outrider.proxy.loop.TimerWheel;
import dev.outrider.proxy.loop.Timers;
import dev.outrider.proxy.loop.Turn;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A loop whose thread is the measuring one: events are run by [#turn(Runnable)], tasks right after
/// each.
final class RigLoop implements Loop {
  private final Thread thread = Thread.currentThread();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Clock clock = new SystemClock();
  private final TimerWheel timers = new TimerWheel(clock, _ -> {});
  private final Turn turn = new Turn(() -> {});

  /// Handles one event to its end.
  void turn(Runnable event) {
    turn.begin();
    event.run();
    turn.endAndFlush();
    runTasks();
  }

  private void runTasks() {
    for (var task = tasks.poll(); task != null; task = tasks.poll()) {
      turn.begin();
      task.run();
      turn.endAndFlush();
    }
  }

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
    tasks.add(task);
  }

  @Override
  public Timers timers() {
    return timers;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public Turn turn() {
    return turn;
  }
}
