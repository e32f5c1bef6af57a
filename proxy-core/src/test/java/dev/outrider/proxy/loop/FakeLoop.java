package dev.outrider.proxy.loop;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// A loop whose thread is the test: tasks wait for [#runTasks], time for [#advance].
public final class FakeLoop implements Loop {
  private final int index;
  private final FakeClock clock;
  private final TimerWheel wheel;
  private final List<Timer> timers = new ArrayList<>();
  private final Turn turn;
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final Thread thread = Thread.currentThread();

  public FakeLoop() {
    this(0, new FakeClock());
  }

  public FakeLoop(int index, FakeClock clock) {
    this.index = index;
    this.clock = clock;
    this.wheel = new TimerWheel(clock, _ -> {});
    this.turn = new Turn(() -> tasks.add(this::runTurn));
  }

  @Override
  public int index() {
    return index;
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
    return this::newTimer;
  }

  private Timer newTimer(Runnable onFire) {
    var timer = wheel.newTimer(onFire);
    timers.add(timer);
    return timer;
  }

  @Override
  public FakeClock clock() {
    return clock;
  }

  @Override
  public Turn turn() {
    return turn;
  }

  /// Runs waiting tasks, each in its own turn, until none is left.
  public void runTasks() {
    for (var task = tasks.poll(); task != null; task = tasks.poll()) {
      turn.begin();
      task.run();
      turn.endAndFlush();
    }
  }

  /// Moves time, fires what became due, runs what that caused.
  public void advance(Duration duration) {
    clock.advance(duration);
    turn.begin();
    wheel.advance();
    turn.endAndFlush();
    runTasks();
  }

  public int waitingTasks() {
    return tasks.size();
  }

  /// Those that somebody still waits for.
  public long armedTimers() {
    return timers.stream().filter(Timer::armed).count();
  }

  private void runTurn() {
    turn.run();
  }
}
