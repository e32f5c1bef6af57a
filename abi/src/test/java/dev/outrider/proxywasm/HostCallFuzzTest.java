package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.WasmResult;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestBody;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every host function with arguments that a broken guest might pass: edges of memory, overlaps,
/// negative and huge sizes, random numbers. Whatever comes, the host answers a status or ends the
/// VM as the guest's fault: never a bug of its own.
@Timeout(300)
class HostCallFuzzTest {
  /// Seeds that once failed stay; `-Doutrider.fuzz.seed` adds another.
  private static final List<Long> SEEDS = List.of(1L, 2L, 20_261_128L);

  private static final int ROUNDS = 60;
  private static final int MEMORY = 2 << 16;
  private static final long[] EDGES = {
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    100,
    104,
    500,
    1000,
    1004,
    1010,
    1100,
    1200,
    65_535,
    65_536,
    65_540,
    MEMORY - 8,
    MEMORY - 5,
    MEMORY - 4,
    MEMORY - 3,
    MEMORY - 1,
    MEMORY,
    MEMORY + 1,
    0x7fff_fffc,
    0x7fff_ffff,
    -0x8000_0000L,
    -0x7fff_ffffL,
    -8,
    -4,
    -1
  };
  private static final long[] BIG_EDGES = {Long.MIN_VALUE, -1, 0, 1, 1L << 32, Long.MAX_VALUE};

  private final TestServices services = new TestServices();

  static List<Long> seeds() {
    var seeds = new ArrayList<>(SEEDS);
    var another = Long.getLong("outrider.fuzz.seed");
    if (another != null) {
      seeds.add(another);
    }
    return seeds;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void answersEveryCallOrEndsTheGuest(long seed) {
    System.out.println("host call fuzz, seed " + seed);
    var random = new SplittableRandom(seed);
    services.callouts().addUpstream("users");
    services.addForeignFunction(
        "echo",
        (call, result) -> {
          result.accept(call.array(), call.offset(), call.length());
          return WasmResult.OK;
        });
    // Within one module each call stands alone, so that one that ends the guest hides no other.
    for (var function : Wat.hostFunctions()) {
      var calls = IntStream.range(0, ROUNDS).mapToObj(_ -> arguments(function, random)).toList();
      run(function, calls, seed);
    }
  }

  private void run(String function, List<long[]> calls, long seed) {
    var module = GuestHarness.load(guest(function, calls));
    int next = 0;
    while (next < calls.size()) {
      try (var guest = GuestHarness.start(module, "configuration", services)) {
        next = callsUntilItEnds(guest, function, calls, next, seed);
      }
    }
  }

  private int callsUntilItEnds(
      GuestHarness guest, String function, List<long[]> calls, int first, long seed) {
    for (int i = first; i < calls.size(); i++) {
      var where =
          "%s(%s), seed %d"
              .formatted(
                  function,
                  LongStream.of(calls.get(i))
                      .mapToObj(Long::toString)
                      .collect(Collectors.joining(", ")),
                  seed);
      call(guest, i, where);
      var failure = guest.vm().failure();
      if (failure != null) {
        assertThat(failure.message()).as(where).doesNotContain("the host failed");
        return i + 1;
      }
      assertThat(guest.vm().memoryBytes()).as(where).isEqualTo(MEMORY);
    }
    return calls.size();
  }

  private static void call(GuestHarness guest, int number, String where) {
    var exchange = guest.exchange();
    exchange.host().properties().set("x-name", "value");
    exchange
        .host()
        .put(HeaderMapKind.REQUEST_HEADERS, TestHeaders.of(":path", "/", "x-name", "value"));
    exchange.host().put(BufferKind.REQUEST_BODY, new TestBody("a body"));
    try {
      // The number of fields says which call is meant.
      var _ = exchange.context().onRequestHeaders(number, false);
      exchange.close();
    } catch (RuntimeException | Error escaped) {
      fail(where + ": " + escaped, escaped);
    }
  }

  private static long[] arguments(String function, SplittableRandom random) {
    var arguments = new long[Wat.parameters(function)];
    for (int i = 0; i < arguments.length; i++) {
      boolean isLong = Wat.isLong(function, i);
      arguments[i] = argument(isLong, random);
      if (i > 0 && !isLong && !Wat.isLong(function, i - 1) && random.nextInt(6) == 0) {
        arguments[i] = arguments[i - 1]; // two results, or a value and its result, in one place
      }
    }
    return arguments;
  }

  private static long argument(boolean isLong, SplittableRandom random) {
    if (isLong) {
      return BIG_EDGES[random.nextInt(BIG_EDGES.length)];
    }
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(16);
      default -> EDGES[random.nextInt(EDGES.length)];
    };
  }

  private static byte[] guest(String function, List<long[]> calls) {
    var body = new StringBuilder();
    for (int i = 0; i < calls.size(); i++) {
      body.append("(if (i32.eq (local.get 1) (i32.const ").append(i).append(")) (then ");
      body.append(returnsNothing(function) ? "" : "(drop ")
          .append(Wat.call(function, calls.get(i)))
          .append(returnsNothing(function) ? "))\n" : ")))\n");
    }
    return Wat.guest()
        .data(500, "\350\3\0\0\6\0\0\0\362\3\0\0\5\0\0\0")
        .data(1000, "x-name")
        .data(1010, "value")
        .data(1100, "users")
        .data(
            1200,
            "\3\0\0\0\7\0\0\0\3\0\0\0\5\0\0\0\1\0\0\0\12\0\0\0\1\0\0\0"
                + ":method\0GET\0:path\0/\0:authority\0a\0")
        .allocator("(func (export \"malloc\") (param $n i32) (result i32) (i32.const 65536))")
        .onRequestHeaders(body.toString())
        .wasm();
  }

  private static boolean returnsNothing(String function) {
    return List.of("emscripten_notify_memory_growth", "abort", "proc_exit").contains(function);
  }
}
