package dev.outrider.proxy.worker;

import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SystemClock;
import dev.outrider.proxy.loop.TimerWheel;
import dev.outrider.proxy.loop.Turn;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Loop] on one of Netty's event loops.
public final class NettyLoop implements Loop {
  private static final Logger LOG = LoggerFactory.getLogger("main");

  private final int index;
  private final EventLoop eventLoop;
  private final Clock clock;
  private final TimerWheel timers;
  private final Turn turn;
  private final Runnable advance = this::advance;
  private final Runnable endRound = this::endRound;

  NettyLoop(int index, EventLoop eventLoop) {
    this(index, eventLoop, new SystemClock());
  }

  NettyLoop(int index, EventLoop eventLoop, Clock clock) {
    this.index = index;
    this.eventLoop = eventLoop;
    this.clock = clock;
    this.timers = new TimerWheel(clock, this::wakeIn);
    this.turn =
        eventLoop instanceof SingleThreadEventLoop rounds
            ? new Turn(() -> eventLoop.execute(this::runTurn), () -> awaitRoundEnd(rounds))
            : new Turn(() -> eventLoop.execute(this::runTurn));
  }

  /// For registering channels.
  public EventLoop eventLoop() {
    return eventLoop;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean onLoop() {
    return eventLoop.inEventLoop();
  }

  @Override
  public void execute(Runnable task) {
    try {
      eventLoop.execute(() -> run(task));
    } catch (RejectedExecutionException _) {
      LOG.debug("dropped a task: loop {} has ended", index); // a late answer at the process's end
    }
  }

  @Override
  public TimerWheel timers() {
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

  private void wakeIn(long delayNanos) {
    var _ = eventLoop.schedule(advance, delayNanos, TimeUnit.NANOSECONDS);
  }

  private void advance() {
    run(timers::advance);
  }

  private void awaitRoundEnd(SingleThreadEventLoop rounds) {
    try {
      rounds.executeAfterEventLoopIteration(endRound);
    } catch (RejectedExecutionException _) {
      turn.endRound(); // there is no other round
    }
  }

  private void endRound() {
    turn.endRound();
  }

  private void runTurn() {
    turn.run();
  }

  private void run(Runnable task) {
    turn.begin();
    try {
      task.run();
    } catch (RuntimeException | Error bug) {
      LOG.error("a task of loop {} failed", index, bug);
    } finally {
      turn.endAndFlush();
    }
  }
}
