package dev.outrider.proxywasm.shared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.SharedData;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class InProcessSharedDataTest {
  private static final byte[] KEY = "key".getBytes(UTF_8);

  private final InProcessSharedData data = new InProcessSharedData();

  private static WasmResult set(SharedData.Space space, String value, int cas) {
    var bytes = value.getBytes(UTF_8);
    return space.set(KEY, 0, KEY.length, bytes, 0, bytes.length, cas);
  }

  private static String get(SharedData.Space space) {
    var found = new StringBuilder();
    int cas =
        space.get(
            KEY, 0, KEY.length, (b, offset, n) -> found.append(new String(b, offset, n, UTF_8)));
    return cas == 0 ? "nothing" : found + "#" + cas;
  }

  @Test
  void keepsTheSpacesOfTwoIdsApart() {
    try (var a = data.open("a", 1_000);
        var b = data.open("b", 1_000)) {
      assertThat(set(a, "x", 0)).isEqualTo(WasmResult.OK);

      assertThat(get(a)).isEqualTo("x#1");
      assertThat(get(b)).isEqualTo("nothing");
    }
  }

  @Test
  void forgetsASpaceWithItsLastUser() {
    var first = data.open("a", 1_000);
    var second = data.open("a", 1_000);
    var _ = set(first, "x", 0);
    first.close();
    first.close();
    assertThat(get(second)).as("one user left").isEqualTo("x#1");

    second.close();

    try (var third = data.open("a", 1_000)) {
      assertThat(get(third)).isEqualTo("nothing");
      assertThat(set(third, "y", 0)).isEqualTo(WasmResult.OK);
      assertThat(get(third)).as("numbers go on").isEqualTo("y#2");
    }
  }

  @Test
  void refusesMoreThanItHolds() {
    try (var space = data.open("a", 1_000)) {
      assertThat(set(space, "x".repeat(933), 0)).isEqualTo(WasmResult.OK);
      assertThat(set(space, "x".repeat(934), 0)).isEqualTo(WasmResult.INTERNAL_FAILURE);
      assertThat(set(space, "small", 0)).isEqualTo(WasmResult.OK);
      assertThat(set(space, "x".repeat(933), 0)).as("room again").isEqualTo(WasmResult.OK);
    }
  }

  @Test
  void countsAKeyWithoutAValueToo() {
    try (var space = data.open("a", 1_000)) {
      int kept = 0;
      while (space.set(new byte[] {(byte) kept}, 0, 1, KEY, 0, 0, 0) == WasmResult.OK) {
        kept++;
      }

      assertThat(kept).as("1000 / (64 + 1)").isEqualTo(15);
    }
  }

  @Test
  void holdsWhatTheMostGenerousOfItsUsersAllows() {
    try (var poor = data.open("a", 0)) {
      assertThat(set(poor, "x", 0)).isEqualTo(WasmResult.INTERNAL_FAILURE);
      try (var rich = data.open("a", 1_000)) {
        assertThat(set(rich, "x", 0)).isEqualTo(WasmResult.OK);
        assertThat(set(poor, "y", 0)).isEqualTo(WasmResult.OK);
      }
    }
  }

  @Test
  void countsRightWithFourThreadsOnOneKey() throws InterruptedException {
    try (var space = data.open("a", 1_000)) {
      var _ = set(space, "0", 0);
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < 4; i++) {
        threads.add(Thread.ofPlatform().start(() -> countTo(1_000)));
      }
      for (var thread : threads) {
        thread.join();
      }

      assertThat(get(space)).startsWith("4000#");
    }
  }

  /// Adds one that many times, each time against the number it has read.
  private void countTo(int times) {
    try (var space = data.open("a", 1_000)) {
      for (int done = 0; done < times; ) {
        var before = get(space).split("#", 2);
        var next = Integer.toString(Integer.parseInt(before[0]) + 1);
        if (set(space, next, Integer.parseInt(before[1])) == WasmResult.OK) {
          done++;
        }
      }
    }
  }
}
