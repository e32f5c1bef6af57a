package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.fail;

import dev.outrider.proxywasm.host.CallLimits;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Real modules with bytes changed, cut out, doubled, or cut off. Each is refused with a sentence,
/// or runs as a guest that may fail: nothing else comes out.
@Timeout(300)
class ModuleFuzzTest {
  /// Seeds that once failed stay; `-Doutrider.fuzz.seed` adds another.
  private static final List<Long> SEEDS = List.of(1L, 2L, 3L, 8597290923750L);

  private static final int MUTANTS = 60;
  private static final Duration BUDGET = Duration.ofMillis(100);

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
  void refusesAMutantOrRunsIt(long seed) throws IOException {
    System.out.println("module fuzz, seed " + seed);
    var random = new SplittableRandom(seed);
    var originals = List.of(tiny(), Files.readAllBytes(example("headers")));
    for (int i = 0; i < MUTANTS; i++) {
      var mutant = mutant(originals.get(i % originals.size()), random);
      try {
        run(mutant);
      } catch (RuntimeException | Error escaped) {
        fail("seed " + seed + ", mutant " + i + ": " + escaped, escaped);
      }
    }
  }

  private static byte[] tiny() {
    return Wat.guest()
        .data(1000, "x-name")
        .with("(table 2 funcref)")
        .onRequestHeaders("(drop " + Wat.call("proxy_add_header_map_value", 0, 1000, 6, 0, 3) + ")")
        .onConfigure("(call $report (memory.grow (i32.const 1)))")
        .wasm();
  }

  private static Path example(String name) {
    return Path.of("..", "filters-examples", name, name + ".wasm");
  }

  private static byte[] mutant(byte[] original, SplittableRandom random) {
    var bytes = original.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes[at] = (byte) 0xff;
        case 3 -> bytes = Arrays.copyOf(bytes, Math.max(9, at)); // the end is gone
        case 4 -> bytes = without(bytes, at, 1 + random.nextInt(8));
        default -> bytes[at] = bytes[random.nextInt(bytes.length)];
      }
    }
    return bytes;
  }

  private static byte[] without(byte[] bytes, int at, int count) {
    int gone = Math.min(count, bytes.length - at);
    var rest = new byte[bytes.length - gone];
    System.arraycopy(bytes, 0, rest, 0, at);
    System.arraycopy(bytes, at + gone, rest, at, rest.length - at);
    return rest.length < 9 ? bytes : rest;
  }

  private void run(byte[] wasm) {
    var calls = new CallLimits(BUDGET, BUDGET, BUDGET, Duration.ofSeconds(20));
    var limits = new PluginLimits(calls, Duration.ofMinutes(5), 10, 1_000, 100);
    var vm = new VmLimits(32 << 16, BUDGET, Duration.ofSeconds(20), 100_000, 1_000, 1_000);
    try (var guest =
        GuestHarness.start(
            GuestHarness.load(wasm),
            new VmSpec("", new byte[0], Map.of(), vm),
            new PluginSpec("mutant", "", new byte[0], false, limits),
            services)) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/"), true);
      var _ = exchange.onResponseHeaders(TestHeaders.of(":status", "200"), true);
      exchange.close();
      guest.plugin().onTick();
      guest.plugin().shutdown();
      var failure = guest.vm().failure();
      if (failure != null && failure.message().contains("the host failed")) {
        fail(failure.message());
      }
    } catch (ModuleRefusedException | GuestFailureException expected) {
      if (String.valueOf(expected.getMessage()).contains("the host failed")) {
        fail(expected);
      }
    }
  }
}
