package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WorkerPulseTest {
  private final FakeClock clock = new FakeClock();
  private final FakeLoop main = new FakeLoop(2, clock);
  private final FakeLoop first = new FakeLoop(0, clock);
  private final FakeLoop second = new FakeLoop(1, clock);
  private final WorkerPulse pulse = new WorkerPulse(main, List.of(first, second));

  private CompletableFuture<List<Integer>> ask() {
    return pulse.ask().toCompletableFuture();
  }

  private void run(FakeLoop worker) {
    worker.runTasks();
    main.runTasks();
  }

  @Test
  void answersAsSoonAsEveryWorkerHas() {
    var answer = ask();
    run(first);
    assertThat(answer).isNotDone();

    run(second);

    assertThat(answer).isCompletedWithValue(List.of());
  }

  @Test
  void namesTheWorkerThatIsStuckAndForgetsItWhenItGoesOn() {
    var answer = ask();
    run(first);

    main.advance(Duration.ofMillis(WorkerPulse.PATIENCE_MILLIS + 10));

    assertThat(answer).isCompletedWithValue(List.of(1));
    assertThat(ask()).as("asked again, nobody is waited for").isCompletedWithValue(List.of(1));

    run(second);
    var again = ask();
    run(first);
    run(second);
    assertThat(again).isCompletedWithValue(List.of());
  }

  @Test
  void waitsForEachQuestionFromWhenItWasAsked() {
    var early = ask();
    main.advance(Duration.ofMillis(300));
    var late = ask();
    run(first);

    main.advance(Duration.ofMillis(210));
    assertThat(early).isCompletedWithValue(List.of(1));
    assertThat(late).isNotDone();

    run(second);
    assertThat(late).isCompletedWithValue(List.of());
  }

  @Test
  void asksNobodyUntilItIsAsked() {
    var answer = ask();
    run(first);
    run(second);
    assertThat(answer).isCompleted();

    main.advance(Duration.ofMinutes(1));
    first.runTasks();

    assertThat(main.armedTimers()).as("timers of the main loop").isZero();
  }
}
