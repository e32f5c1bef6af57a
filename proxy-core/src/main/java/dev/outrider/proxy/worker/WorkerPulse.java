package dev.outrider.proxy.worker;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Tells whether every worker still takes tasks, whatever may keep one from it. It asks only when
/// it is asked: an idle proxy is not woken. Confined to the main loop.
public final class WorkerPulse {
  /// As long may a worker be busy with one thing: longer than a guest may be with a request.
  static final long PATIENCE_MILLIS = 500;

  private static final long MILLI = 1_000_000;
  private static final long ANSWERED = Long.MIN_VALUE;

  private final Loop mainLoop;
  private final List<Loop> workers;
  // When each was asked what it has not answered yet.
  private final long[] asked;
  private final List<Question> open = new ArrayList<>();
  private final Timer patience;

  private record Question(long deadlineNanos, CompletableFuture<List<Integer>> answer) {}

  WorkerPulse(Loop mainLoop, List<Loop> workers) {
    this.mainLoop = mainLoop;
    this.workers = List.copyOf(workers);
    this.asked = new long[workers.size()];
    Arrays.fill(asked, ANSWERED);
    this.patience = mainLoop.timers().newTimer(this::impatient);
  }

  /// Completes with nothing as soon as every worker has answered; at once with the indices of those
  /// that have owed an answer for longer than [#PATIENCE_MILLIS]; else after that time.
  public CompletionStage<List<Integer>> ask() {
    mainLoop.assertOnLoop();
    long now = mainLoop.clock().nanoTime();
    var stuck = silentSince(now - PATIENCE_MILLIS * MILLI);
    if (!stuck.isEmpty()) {
      return CompletableFuture.completedFuture(stuck);
    }
    for (int i = 0; i < asked.length; i++) {
      if (asked[i] == ANSWERED) {
        asked[i] = now;
        int worker = i;
        workers.get(i).execute(() -> mainLoop.execute(() -> answered(worker)));
      }
    }
    var question = new Question(now + PATIENCE_MILLIS * MILLI, new CompletableFuture<>());
    open.add(question);
    if (!patience.armed()) {
      patience.arm(PATIENCE_MILLIS);
    }
    return question.answer;
  }

  private List<Integer> silentSince(long nanos) {
    var silent = new ArrayList<Integer>();
    for (int i = 0; i < asked.length; i++) {
      if (asked[i] != ANSWERED && asked[i] - nanos <= 0) {
        silent.add(i);
      }
    }
    return silent;
  }

  private void answered(int worker) {
    asked[worker] = ANSWERED;
    if (silentSince(mainLoop.clock().nanoTime()).isEmpty()) {
      patience.cancel();
      var answers = List.copyOf(open);
      open.clear();
      answers.forEach(question -> question.answer.complete(List.of()));
    }
  }

  private void impatient() {
    long now = mainLoop.clock().nanoTime();
    var over = open.stream().filter(question -> question.deadlineNanos - now <= 0).toList();
    open.removeAll(over);
    if (!open.isEmpty()) {
      patience.arm((open.getFirst().deadlineNanos - now + MILLI - 1) / MILLI);
    }
    over.forEach(question -> question.answer.complete(silentSince(now)));
  }
}
