package dev.outrider.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PermitTest {

  @Test
  void givesBackOnce() {
    var limit = new Limit(2);
    var permit = new Permit();

    assertThat(permit.tryTake(limit)).isTrue();
    permit.release();
    permit.release();

    assertThat(limit.inUse()).isZero();
  }

  @Test
  void isRefusedAtTheLimitAndUsableAfterwards() {
    var limit = new Limit(1);
    var first = new Permit();
    var second = new Permit();
    first.tryTake(limit);

    assertThat(second.tryTake(limit)).isFalse();
    assertThat(second.held()).isFalse();
    second.release();
    first.release();
    assertThat(second.tryTake(limit)).isTrue();
    assertThat(limit.open()).isTrue();
  }

  @Test
  void refusesNothingWhenTakenAnyway() {
    var limit = new Limit(0);
    var permit = new Permit();

    permit.takeAnyway(limit);

    assertThat(limit.inUse()).isOne();
    permit.release();
    assertThat(limit.inUse()).isZero();
  }

  @Test
  void isNotTakenTwice() {
    var limit = new Limit(5);
    var permit = new Permit();
    permit.tryTake(limit);

    assertThatThrownBy(() -> permit.tryTake(limit)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void followsALimitThatChangesWhileInUse() {
    var limit = new Limit(3);
    var held = new ArrayList<Permit>();
    for (var i = 0; i < 3; i++) {
      held.add(new Permit());
      held.getLast().tryTake(limit);
    }

    limit.changeMax(1);

    assertThat(new Permit().tryTake(limit)).isFalse();
    held.forEach(Permit::release);
    assertThat(limit.inUse()).isZero();
    assertThat(new Permit().tryTake(limit)).isTrue();
    assertThat(new Permit().tryTake(limit)).isFalse();
  }

  /// A limit smaller than the number of threads, so that they contend for every unit.
  @Test
  void neverExceedsTheLimitUnderContention() throws InterruptedException {
    var limit = new Limit(3);
    var holding = new AtomicInteger();
    var worst = new AtomicInteger();
    var taken = new AtomicInteger();
    var threads = new ArrayList<Thread>();
    for (var i = 0; i < 4; i++) {
      var random = new Random(i);
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    var permit = new Permit();
                    for (var turn = 0; turn < 100_000; turn++) {
                      if (permit.tryTake(limit)) {
                        taken.incrementAndGet();
                        worst.accumulateAndGet(holding.incrementAndGet(), Math::max);
                        if (random.nextInt(8) == 0) {
                          Thread.onSpinWait();
                        }
                        holding.decrementAndGet();
                        permit.release();
                        permit.release();
                      }
                    }
                  }));
    }
    for (var thread : threads) {
      thread.join();
    }

    assertThat(worst.get()).isBetween(1, 3);
    assertThat(taken.get()).isPositive();
    assertThat(limit.inUse()).isZero();
  }
}
