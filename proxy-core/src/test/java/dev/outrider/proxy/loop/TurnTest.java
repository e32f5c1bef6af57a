package dev.outrider.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnTest {
  private final List<String> seen = new ArrayList<>();
  private int wakes;
  private final Turn turn = new Turn(() -> wakes++);

  @Test
  void runsSignalsOnlyWhenTheOutermostTurnEnds() {
    var target = new Target("t");
    turn.begin();
    turn.begin();
    turn.post(target, 1);
    turn.end();
    assertThat(seen).isEmpty();

    turn.end();

    assertThat(seen).containsExactly("t1");
  }

  @Test
  void runsSignalsPostedBySignalsInOrderAndFlushesAfterThem() {
    var second = new Target("b");
    var first =
        new Target("a") {
          @Override
          public void onSignal(int signal) {
            super.onSignal(signal);
            turn.post(second, 2);
          }
        };
    turn.begin();
    turn.flushLater(() -> seen.add("flush"));
    turn.post(first, 1);
    turn.endAndFlush();

    assertThat(seen).containsExactly("a1", "b2", "flush");
  }

  @Test
  void keepsFlushesForTheEndOfTheRound() {
    var rounds = new ArrayList<String>();
    var withRounds = new Turn(() -> wakes++, () -> rounds.add("asked"));
    withRounds.begin();
    withRounds.flushAfterRound(() -> seen.add("shared"));
    withRounds.flushLater(() -> seen.add("own"));
    withRounds.endAndFlush();
    withRounds.begin();
    withRounds.flushAfterRound(() -> seen.add("other"));
    withRounds.endAndFlush();
    assertThat(seen).containsExactly("own");
    assertThat(rounds).hasSize(1);

    withRounds.endRound();

    assertThat(seen).containsExactlyInAnyOrder("own", "shared", "other");
    withRounds.begin();
    withRounds.flushAfterRound(() -> seen.add("next"));
    withRounds.endAndFlush();
    assertThat(rounds).hasSize(2);
  }

  @Test
  void withoutRoundsTheTurnEndsTheRound() {
    turn.begin();
    turn.flushAfterRound(() -> seen.add("shared"));
    turn.endAndFlush();

    assertThat(seen).containsExactly("shared");
  }

  @Test
  void aSignalForAnEarlierLifeIsDropped() {
    var target = new Target("t");
    turn.begin();
    turn.post(target, 1);
    target.generation++;
    turn.post(target, 2);
    turn.end();

    assertThat(seen).containsExactly("t2");
  }

  @Test
  void postingOutsideATurnAsksForOne() {
    turn.post(new Target("t"), 3);
    assertThat(wakes).isEqualTo(1);
    assertThat(seen).isEmpty();

    turn.run();

    assertThat(seen).containsExactly("t3");
  }

  @Test
  void aBugInOneTargetDoesNotStopTheNext() {
    var broken =
        new Target("x") {
          @Override
          public void onSignal(int signal) {
            throw new IllegalStateException("bug");
          }
        };
    turn.begin();
    turn.post(broken, 1);
    turn.post(new Target("t"), 1);
    turn.end();

    assertThat(seen).containsExactly("xbug", "t1");
  }

  @Test
  void keepsOrderWhenManySignalsWrapAndGrow() {
    var target = new Target("t");
    var expected = new ArrayList<String>();
    turn.begin();
    for (var i = 0; i < 40; i++) {
      turn.post(target, i);
    }
    turn.end();
    seen.clear();
    turn.begin();
    for (var i = 0; i < 200; i++) {
      turn.post(target, i);
      expected.add("t" + i);
    }
    turn.end();

    assertThat(seen).isEqualTo(expected);
  }

  private class Target implements SignalTarget {
    private final String name;
    int generation;

    Target(String name) {
      this.name = name;
    }

    @Override
    public int generation() {
      return generation;
    }

    @Override
    public void onSignal(int signal) {
      seen.add(name + signal);
    }

    @Override
    public void onBug(Throwable bug) {
      seen.add(name + "bug");
    }
  }
}
