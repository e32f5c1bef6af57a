package dev.outrider.proxywasm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.WasmResult;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.ScriptedPlugin;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A guest recurses until a host function has only so much stack left that it overflows inside. The
/// depth is found by search, since nobody knows the size of a frame.
@Timeout(300)
class HostStackTest {
  private static final long SEED = 20_261_128;
  private static final int TRIES = 10;
  private static final int DEEPEST = 100_000;
  private static final String GROW = "memory.grow";
  private static final String OVERFLOW = "call stack exhausted";
  private static final long SMALL_STACK = 400 << 10;

  private final TestServices services = new TestServices();
  private final Random random = new Random(SEED);
  private final AtomicInteger strikes = new AtomicInteger();

  @BeforeEach
  void keepWhatGuestsShare() {
    var name = "x-name".getBytes(UTF_8);
    var data = services.sharedData().open("", 1 << 20);
    var _ = data.set(name, 0, name.length, name, 0, name.length, 0);
    var queues = services.sharedQueues().open("", 1 << 30);
    var _ = queues.register(name, 0, name.length, new ScriptedPlugin());
    services.addForeignFunction(
        "x-name",
        (call, result) -> {
          result.accept(call.array(), call.offset(), call.length());
          return WasmResult.OK;
        });
  }

  @Test
  void everyHostFunctionWorksInAFreshVmAfterItOverflowedInAnotherOne() {
    var broken = new ArrayList<String>();
    var functions = new ArrayList<>(Wat.hostFunctions());
    functions.removeAll(List.of("proc_exit", "abort")); // they end a guest wherever it stands
    functions.add(GROW);
    for (var function : functions) {
      var problem = struckAndWellAfterwards(function);
      if (problem != null) {
        broken.add(function + ": " + problem);
      }
    }

    assertThat(broken).as("seed %d", SEED).isEmpty();
    assertThat(services.memory().heldBytes()).as("memory that no guest holds any more").isZero();
    assertThat(strikes.get()).as("overflows inside a host function").isGreaterThan(50);
  }

  /// Goes down first: what overflows must not be what would have initialised a class.
  private @Nullable String struckAndWellAfterwards(String function) {
    var module = GuestHarness.load(recursing(function));
    int low = 0;
    int high = 500;
    while (high < DEEPEST && !onSmallStack(module, high).contains(OVERFLOW)) {
      low = high;
      high *= 2;
    }
    while (high - low > 8) {
      int middle = (low + high) / 2;
      boolean overflowed = onSmallStack(module, middle).contains(OVERFLOW);
      low = overflowed ? low : middle;
      high = overflowed ? middle : high;
    }
    var healthy = outcome(module, 0);
    int depth = high;
    for (int i = 0; i < TRIES; i++) {
      var deep = onSmallStack(module, depth);
      boolean overflowed = deep.contains(OVERFLOW);
      if (deep.contains("(in " + function + " < ")) {
        strikes.incrementAndGet();
      }
      var shallow = overflowed ? outcome(module, 0) : deep;
      if (!shallow.equals(healthy) || shallow.contains("Function: ")) {
        return "answers " + shallow + " after " + deep + ", before " + healthy;
      }
      // Compiled frames are smaller: the place moves while it is looked for.
      depth = Math.max(1, depth + (overflowed ? -random.nextInt(10) : random.nextInt(40)));
    }
    return null;
  }

  private static byte[] recursing(String function) {
    return Wat.guest()
        .data(1000, "x-name")
        .data(1010, "value")
        .data(500, "\362\3\0\0\5\0\0\0")
        .with(
            "(func $down (param $n i32) (result i32) (if (result i32) (local.get $n) (then (call"
                + " $down (i32.sub (local.get $n) (i32.const 1)))) (else "
                + arguments(function)
                + ")))")
        .on(
            "proxy_on_request_headers",
            "iii:i",
            "(call $report (call $down (local.get 1))) (i32.const 0)")
        .wasm();
  }

  /// A call that gets far: pointers to a name, a value and room for results.
  private static String arguments(String function) {
    return switch (function) {
      case "proxy_log" -> Wat.call(function, 2, 1010, 5);
      case "proxy_add_header_map_value", "proxy_replace_header_map_value" ->
          Wat.call(function, 0, 1000, 6, 1010, 5);
      case "proxy_remove_header_map_value" -> Wat.call(function, 0, 1000, 6);
      case "proxy_get_header_map_value" -> Wat.call(function, 0, 1000, 6, 100, 104);
      case "proxy_get_header_map_pairs" -> Wat.call(function, 0, 100, 104);
      case "proxy_get_buffer_bytes" -> Wat.call(function, 6, 0, 10, 100, 104);
      case "proxy_set_buffer_bytes" -> Wat.call(function, 0, 0, 0, 1010, 5);
      case "proxy_send_local_response" -> Wat.call(function, 401, 1000, 6, 1010, 5, 0, 0, -1);
      case "proxy_set_shared_data" -> Wat.call(function, 1000, 6, 1010, 5, 0);
      case "proxy_get_shared_data" -> Wat.call(function, 1000, 6, 100, 104, 108);
      case "proxy_register_shared_queue" -> Wat.call(function, 1000, 6, 100);
      case "proxy_resolve_shared_queue" -> Wat.call(function, 0, 0, 1000, 6, 100);
      case "proxy_enqueue_shared_queue" -> Wat.call(function, 1, 1010, 5);
      case "proxy_define_metric" -> Wat.call(function, 0, 1000, 6, 100);
      case "proxy_set_property" -> Wat.call(function, 1000, 6, 1010, 5);
      case "proxy_get_property" -> Wat.call(function, 1000, 6, 100, 104);
      case "proxy_call_foreign_function" -> Wat.call(function, 1000, 6, 1010, 5, 100, 104);
      case "clock_time_get" -> Wat.call(function, 1, 0, 100);
      case "random_get" -> Wat.call(function, 100, 8);
      case "fd_write" -> Wat.call(function, 1, 500, 1, 100);
      case GROW -> "(memory.grow (i32.const 1))";
      case "emscripten_notify_memory_growth" -> Wat.call(function, 0) + " (i32.const 0)";
      default -> Wat.call(function, new long[Wat.parameters(function)]);
    };
  }

  /// What the guest reported, or how it ended.
  private String outcome(FilterModule module, int depth) {
    int before = services.log().lines().size();
    try (var guest = GuestHarness.start(module, "configuration", services)) {
      var exchange = guest.exchange();
      exchange.host().properties().set("x-name", "value");
      exchange
          .host()
          .put(HeaderMapKind.REQUEST_HEADERS, TestHeaders.of(":path", "/", "x-name", "value"));
      var _ = exchange.context().onRequestHeaders(depth, false);
      var failure = guest.vm().failure();
      return failure != null
          ? failure.message()
          : String.join(",", services.log().texts().subList(before, services.log().lines().size()));
    }
  }

  private String onSmallStack(FilterModule module, int depth) {
    var result = new String[1];
    var escaped = new Throwable[1];
    var thread =
        new Thread(null, () -> result[0] = outcome(module, depth), "small stack", SMALL_STACK);
    thread.setUncaughtExceptionHandler((_, e) -> escaped[0] = e);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return escaped[0] == null ? result[0] : "Function: escaped " + escaped[0];
  }
}
