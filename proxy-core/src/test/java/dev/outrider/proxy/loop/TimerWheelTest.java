package dev.outrider.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {
  private static final long SLACK_MILLIS = 6;

  private final FakeClock clock = new FakeClock();
  private final List<Long> wakes = new ArrayList<>();
  private final TimerWheel wheel = new TimerWheel(clock, wakes::add);
  private final List<String> fired = new ArrayList<>();

  @Test
  void firesOnceAfterItsDelayAndNotBefore() {
    var timer = wheel.newTimer(() -> fired.add("a"));
    timer.arm(100);

    advance(99);
    assertThat(fired).isEmpty();
    assertThat(timer.armed()).isTrue();

    advance(1 + SLACK_MILLIS);
    assertThat(fired).containsExactly("a");
    assertThat(timer.armed()).isFalse();

    advance(1_000_000);
    assertThat(fired).hasSize(1);
  }

  @Test
  void aCancelledTimerStaysSilentAndCanBeArmedAgain() {
    var timer = wheel.newTimer(() -> fired.add("a"));
    timer.arm(50);
    timer.cancel();
    advance(1000);
    assertThat(fired).isEmpty();

    timer.arm(50);
    advance(50 + SLACK_MILLIS);

    assertThat(fired).containsExactly("a");
  }

  @Test
  void armingForLaterMovesTheDeadline() {
    var timer = wheel.newTimer(() -> fired.add("a"));
    timer.arm(50);
    advance(40);
    timer.arm(300_000);

    advance(299_000);
    assertThat(fired).isEmpty();

    advance(1000 + SLACK_MILLIS);
    assertThat(fired).containsExactly("a");
  }

  @Test
  void armingForEarlierMovesTheDeadline() {
    var timer = wheel.newTimer(() -> fired.add("a"));
    timer.arm(3_600_000);
    timer.arm(10);

    advance(10 + SLACK_MILLIS);

    assertThat(fired).containsExactly("a");
  }

  @Test
  void shiftingMovesWhatIsLeft() {
    var timer = wheel.newTimer(() -> fired.add("a"));
    timer.shift(-10);
    assertThat(timer.armed()).isFalse();

    timer.arm(3_600_000);
    advance(1_000);
    timer.shift(-3_500_000);
    advance(98_000);
    assertThat(fired).isEmpty();
    advance(1_000 + 2 * SLACK_MILLIS);
    assertThat(fired).containsExactly("a");

    timer.arm(100);
    timer.shift(-1_000);
    advance(SLACK_MILLIS);
    assertThat(fired).hasSize(2);
    timer.arm(100);
    timer.shift(1_000);
    advance(1_000);
    assertThat(fired).hasSize(2);
    assertThat(timer.armed()).isTrue();
  }

  /// 99999999H, as `grpc-timeout` may say, is one of them.
  @ParameterizedTest
  @ValueSource(longs = {99_999_999L * 3_600_000, Long.MAX_VALUE / 1_000_000 + 1, Long.MAX_VALUE})
  void aDelayThatNoClockCountsIsLongAndNotShort(long delayMillis) {
    var timer = wheel.newTimer(() -> fired.add("a"));
    timer.arm(delayMillis);

    advance(Duration.ofDays(50).toMillis());

    assertThat(fired).isEmpty();
    assertThat(timer.armed()).isTrue();
  }

  @Test
  void aTimerMayArmItselfWhileFiring() {
    var holder = new Timer[1];
    holder[0] =
        wheel.newTimer(
            () -> {
              fired.add("tick");
              holder[0].arm(0);
            });
    holder[0].arm(0);

    advance(10);

    assertThat(fired).isNotEmpty().hasSizeLessThan(10);
  }

  @Test
  void nothingAsksForAWakeUpWhileNoTimerIsArmed() {
    var timer = wheel.newTimer(() -> fired.add("a"));
    timer.arm(20);
    advance(20 + SLACK_MILLIS);
    wakes.clear();

    advance(3_600_000);

    assertThat(wakes).isEmpty();
  }

  /// What it still holds it would have to visit.
  @Test
  void holdsNoTimerThatIsCancelled() {
    var timer = wheel.newTimer(() -> fired.add("a"));
    timer.arm(3_600_000);
    timer.cancel();
    wakes.clear();

    advance(1);

    assertThat(wakes).isEmpty();
  }

  @Test
  void aTimerMayCancelAnotherThatIsDueWithIt() {
    var timers = new ArrayList<Timer>();
    for (var i = 0; i < 3; i++) {
      timers.add(
          wheel.newTimer(
              () -> {
                fired.add("a");
                timers.forEach(Timer::cancel);
              }));
    }
    timers.forEach(timer -> timer.arm(50));

    advance(50 + SLACK_MILLIS);

    assertThat(fired).hasSize(1);
  }

  @Test
  void agreesWithASortedListOnRandomSchedules() {
    var random = new SplittableRandom(7);
    for (var round = 0; round < 200; round++) {
      var due = new long[20];
      var firedAt = new long[20];
      var timers = new Timer[20];
      for (var i = 0; i < timers.length; i++) {
        var n = i;
        timers[i] = wheel.newTimer(() -> firedAt[n] = clock.nanoTime());
      }
      for (var step = 0; step < 100; step++) {
        var i = random.nextInt(timers.length);
        if (random.nextInt(4) == 0) {
          timers[i].cancel();
          due[i] = 0;
        } else {
          var delay = 1L << random.nextInt(24);
          timers[i].arm(delay);
          due[i] = clock.nanoTime() + delay * 1_000_000;
        }
        firedAt[i] = 0;
        advance(1L << random.nextInt(16));
        for (var k = 0; k < timers.length; k++) {
          var now = clock.nanoTime();
          if (due[k] != 0 && now >= due[k] + SLACK_MILLIS * 1_000_000) {
            assertThat(firedAt[k]).isGreaterThanOrEqualTo(due[k]);
            due[k] = 0;
            firedAt[k] = 0;
          } else if (due[k] == 0 || now < due[k]) {
            assertThat(firedAt[k]).isZero();
          } else if (firedAt[k] != 0) {
            due[k] = 0;
            firedAt[k] = 0;
          }
        }
      }
    }
  }

  private void advance(long millis) {
    clock.advance(Duration.ofMillis(millis));
    wheel.advance();
  }
}
