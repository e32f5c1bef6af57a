package dev.outrider.proxywasm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import run.endive.runtime.Instance;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmEngineException;
import run.endive.wasm.WasmModule;

/// Compiled guests compute what the engine's interpreter computes: every result, every trap, every
/// byte of memory, for random functions. A failing seed is printed; put it beside the others.
class CompiledAgainstInterpretedTest {
  private static final String TRAP = "trap";

  private static final long[][] INPUTS = {
    {0, 0, 0, 0},
    {1, 1, Float.floatToRawIntBits(1), Double.doubleToRawLongBits(1)},
    {-1, -1, Float.floatToRawIntBits(-1.5f), Double.doubleToRawLongBits(-1.5)},
    {
      Integer.MIN_VALUE,
      Long.MIN_VALUE,
      Float.floatToRawIntBits(Float.MAX_VALUE),
      Double.doubleToRawLongBits(Double.MIN_VALUE)
    },
    {
      Integer.MAX_VALUE,
      Long.MAX_VALUE,
      Float.floatToRawIntBits(Float.NaN),
      Double.doubleToRawLongBits(Double.POSITIVE_INFINITY)
    },
  };

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreeOnRandomFunctions(long seed) {
    var pair = new Pair(Guests.wasm(RandomGuest.module(seed)));
    int results = 0;

    for (int function = 0; function < RandomGuest.FUNCTIONS; function++) {
      for (var input : INPUTS) {
        results += pair.agree(seed, function, input) ? 1 : 0;
      }
    }

    assertThat(results).as("not everything may trap").isGreaterThan(RandomGuest.FUNCTIONS);
  }

  @Test
  void aSeedIsAModule() {
    assertThat(RandomGuest.module(42)).isEqualTo(RandomGuest.module(42));
    assertThat(RandomGuest.module(42)).isNotEqualTo(RandomGuest.module(43));
  }

  /// The same module twice, with the same state.
  private static final class Pair {
    private final CompiledModule module;
    private final WasmModule parsed;
    private WasmInstance compiled;
    private Instance interpreted;

    Pair(byte[] wasm) {
      parsed = Parser.parse(wasm);
      module = CompiledModule.compile("random", wasm, CompileOptions.DEFAULT);
      assertThat(module.report().interpreted()).as("is compiled at all").isEmpty();
      compiled = startCompiled();
      interpreted = Instance.builder(parsed).build();
    }

    private WasmInstance startCompiled() {
      return module.instantiate(List.of(), Guests.limits(2));
    }

    /// True if there was a result. After a trap both begin anew.
    boolean agree(long seed, int function, long[] input) {
      var where = "seed %d, f%d%s".formatted(seed, function, Arrays.toString(input));
      var kind = RandomGuest.kindOf(function);
      var expected = interpret("f" + function, kind, input);

      assertThat(compute("f" + function, kind, input)).as(where).isEqualTo(expected);
      assertThat(Arrays.mismatch(compiledMemory(), interpretedMemory()))
          .as("memory, " + where)
          .isEqualTo(-1);
      if (expected.equals(TRAP)) {
        compiled = startCompiled();
        interpreted = Instance.builder(parsed).build();
      }
      return !expected.equals(TRAP);
    }

    private String compute(String export, String kind, long[] input) {
      try {
        return text(
            kind,
            compiled.call(module.exportIndex(export), input[0], input[1], input[2], input[3]));
      } catch (GuestTrapException _) {
        return TRAP;
      }
    }

    private String interpret(String export, String kind, long[] input) {
      try {
        return text(kind, interpreted.export(export).apply(input)[0]);
      } catch (WasmEngineException _) {
        return TRAP;
      }
    }

    private byte[] compiledMemory() {
      return Arrays.copyOf(compiled.memory().array(), 1 << 16);
    }

    private byte[] interpretedMemory() {
      return interpreted.memory().readBytes(0, 1 << 16);
    }

    /// One text for all NaNs: which one it is, is open.
    private static String text(String kind, long bits) {
      return switch (kind) {
        case "i32" -> Integer.toString((int) bits);
        case "i64" -> Long.toString(bits);
        case "f32" -> Float.toString(Float.intBitsToFloat((int) bits));
        default -> Double.toString(Double.longBitsToDouble(bits));
      };
    }
  }
}
