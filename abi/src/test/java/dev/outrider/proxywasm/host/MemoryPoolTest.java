package dev.outrider.proxywasm.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class MemoryPoolTest {
  private static final int PAGE = MemoryPool.PAGE_BYTES;
  private final ArrayList<Runnable> background = new ArrayList<>();

  @Test
  void handsOutAtLeastWhatWasAskedAndAtMostAThirdMore() {
    var pool = new MemoryPool(Long.MAX_VALUE, 0, background::add);
    for (int pages = 1; pages < 600; pages += 7) {
      var array = taken(pool, pages);

      assertThat(array.length / (double) PAGE)
          .as("pages for %d", pages)
          .isBetween((double) pages, pages * 1.5);
    }
  }

  @Test
  void zeroesOffTheThreadThatReturnsTheArray() {
    var pool = new MemoryPool(100L * PAGE, 100L * PAGE, background::add);
    var array = taken(pool, 2);
    array[7] = 1;

    pool.giveBack(array, 2 * PAGE);
    assertThat(pool.take(2)).as("before the background ran").isNotSameAs(array);
    assertThat(array[7]).as("not zeroed by the caller").isEqualTo((byte) 1);
    background.forEach(Runnable::run);

    assertThat(pool.take(2)).as("after the background ran").isSameAs(array);
    assertThat(array[7]).as("zeroed").isZero();
  }

  @Test
  void fallsBackToTheExactSizeWhenTheClassIsAboveTheBudget() {
    var pool = new MemoryPool(5L * PAGE, 0, background::add);

    assertThat(pool.take(5)).as("5 pages of a budget of 5").hasSize(5 * PAGE);
    assertThat(pool.take(1)).as("one more").isNull();
    assertThat(pool.heldBytes()).as("held").isEqualTo(5L * PAGE);
  }

  @Test
  void keepsNoMoreIdleArraysThanItMay() {
    var pool = new MemoryPool(100L * PAGE, 2L * PAGE, background::add);
    var first = taken(pool, 2);
    var second = taken(pool, 2);

    pool.giveBack(first, 0);
    pool.giveBack(second, 0);
    background.forEach(Runnable::run);

    assertThat(pool.take(2)).as("kept").isSameAs(first);
    assertThat(pool.take(2)).as("dropped").isNotSameAs(second);
  }

  private static byte[] taken(MemoryPool pool, int pages) {
    return Objects.requireNonNull(pool.take(pages), "within the budget");
  }
}
