package dev.outrider.proxywasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DebugLinesTest {
  /// What both guests were made from, by clang with `-O1 -gdwarf-4` and `-gdwarf-5`:
  ///
  /// ```c
  /// int depth;
  /// __attribute__((noinline)) int inner(int n) {
  ///   if (n == 0)
  ///     __builtin_trap();
  ///   return depth + n;
  /// }
  /// __attribute__((export_name("outer"))) int outer(int n) {
  ///   depth++;
  ///   return inner(n) + 1;
  /// }
  /// ```
  private static final String DWARF_4 =
      """
      AGFzbQEAAAABBgFgAX8BfwMDAgAABAUBcAEBAQUDAQACBggBfwFBkIgECwcSAgZtZW1vcnkCAAVvdXRlcgABCjwCFwAC
      QCAADQAAAAtBACgCgIiAgAAgAGoLIgBBAEEAKAKAiICAAEEBajYCgIiAgAAgABCAgICAAEEBagsAqgELLmRlYnVnX2lu
      Zm+aAAAABAAAAAAABAEkAAAADAAdAAAAAAAAABgAAAAAAAAAAAAAAAISAAAANwAAAAEBBQMABAAAAwAAAAAFBAQCAAAA
      FwAAAAftAwAAAACfCgAAAAECNwAAAAUAAAAAEAAAAAECNwAAAAAEGgAAACIAAAAH7QMAAAAAnwQAAAABBzcAAAAFHgAA
      ABAAAAABBzcAAAAGPgAAADgAAAAAAABHCi5kZWJ1Z19sb2P/////AgAAAAAAAAAHAAAABADtAACfAAAAAAAAAAD/////
      GgAAAAAAAAAiAAAABADtAACfAAAAAAAAAAAAJg0uZGVidWdfcmFuZ2VzAgAAABkAAAAaAAAAPAAAAAAAAAAAAAAAAHIN
      LmRlYnVnX2FiYnJldgERASUOEwUDDhAXGw4RAVUXAAACNAADDkkTPxk6CzsLAhgAAAMkAAMOPgsLCwAABC4BEQESBkAY
      l0IZAw46CzsLJxlJEz8ZAAAFBQACFwMOOgs7C0kTAAAGiYIBADETEQEAAAAAdgsuZGVidWdfbGluZWYAAAAEAB4AAAAB
      AQH7Dg0AAQEBAQAAAAEAAAEAdHJhcC5jAAAAAAAABQICAAAAEwUHCiEFBWcGKgUKBiUFEAaQBQM8AgEAAQEABQIaAAAA
      GAUICiEFCghLBgN3ggUTAwkuBQMgAgEAAQEASwouZGVidWdfc3RyaW50AG91dGVyAGlubmVyAG4AZGVwdGgAL3NyYwB0
      cmFwLmMARGViaWFuIGNsYW5nIHZlcnNpb24gMTQuMC42AAAqBG5hbWUBDwIABWlubmVyAQVvdXRlcgcSAQAPX19zdGFj
      a19wb2ludGVyADwJcHJvZHVjZXJzAghsYW5ndWFnZQEDQzk5AAxwcm9jZXNzZWQtYnkBDERlYmlhbiBjbGFuZwYxNC4w
      LjY=
      """;

  private static final String DWARF_5 =
      """
      AGFzbQEAAAABBgFgAX8BfwMDAgAABAUBcAEBAQUDAQACBggBfwFBkIgECwcSAgZtZW1vcnkCAAVvdXRlcgABCjwCFwAC
      QCAADQAAAAtBACgCgIiAgAAgAGoLIgBBAEEAKAKAiICAAEEBajYCgIiAgAAgABCAgICAAEEBagsAiwELLmRlYnVnX2lu
      Zm97AAAABQABBAAAAAABAAwAAQgAAAAAAAAAAgAAAAAACAAAAAwAAAAMAAAAAgM2AAAAAAECoQADBAUEBAEXAAAAB+0D
      AAAAAJ8FAAI2AAAABQAHAAI2AAAAAAQCIgAAAAftAwAAAACfBgAHNgAAAAUBBwAHNgAAAAY6AAAAAwAAADYPLmRlYnVn
      X2xvY2xpc3RzIgAAAAUABAACAAAACAAAABEAAAADAQcE7QAAnwADAiIE7QAAnwAAHA8uZGVidWdfbGluZV9zdHIvc3Jj
      AHRyYXAuYwAAeA0uZGVidWdfYWJicmV2AREBJSUTBQMlchcQFxslEQFVI3MXdBeMARcAAAI0AAMlSRM/GToLOwsCGAAA
      AyQAAyU+CwsLAAAELgERGxIGQBh6GQMlOgs7CycZSRM/GQAABQUAAiIDJToLOwtJEwAABkgAfxN9GwAAAAA7Ei5kZWJ1
      Z19zdHJfb2Zmc2V0cyQAAAAFAAAAJAAAAB0AAAAYAAAAEgAAAAAAAAAKAAAABAAAABAAAAAAJw8uZGVidWdfcm5nbGlz
      dHMTAAAABQAEAAEAAAAEAAAAAwEXAwIiAACVAQsuZGVidWdfbGluZYUAAAAFAAQANwAAAAEBAfsODQABAQEBAAAAAQAA
      AQEBHwEAAAAAAwEfAg8FHgEFAAAAAILE2Q1fZz5Ambr0ngZJ5vMEAAAFAgIAAAATBQcKIQUFZwYqBQoGJQUQBpAFAzwC
      AQABAQQAAAUCGgAAABgFCAohBQoISwYDd4IFEwMJLgUDIAIBAAEBAEsKLmRlYnVnX3N0cmludABvdXRlcgBpbm5lcgBu
      AGRlcHRoAC9zcmMAdHJhcC5jAERlYmlhbiBjbGFuZyB2ZXJzaW9uIDE0LjAuNgAAJAsuZGVidWdfYWRkchQAAAAFAAQA
      AAQAAAIAAAAaAAAAOAAAAAAqBG5hbWUBDwIABWlubmVyAQVvdXRlcgcSAQAPX19zdGFja19wb2ludGVyADwJcHJvZHVj
      ZXJzAghsYW5ndWFnZQEDQzk5AAxwcm9jZXNzZWQtYnkBDERlYmlhbiBjbGFuZwYxNC4wLjY=
      """;

  @ParameterizedTest
  @ValueSource(strings = {DWARF_4, DWARF_5})
  void showsWhereTheFunctionsOfAGuestBegin(String guest) {
    var module = CompiledModule.compile("guest", bytes(guest), CompileOptions.DEFAULT);

    assertThat(stackOf(module)).containsExactly("inner (trap.c:2)", "outer (trap.c:7)");
  }

  @Test
  void keepsThemInTheDiskCache(@TempDir Path directory) {
    var options = new CompileOptions(1 << 20, directory.resolve("cache"));
    CompiledModule.compile("guest", bytes(DWARF_5), options);

    var again = CompiledModule.compile("guest", bytes(DWARF_5), options);

    assertThat(again.report().cache()).isEqualTo("hit");
    assertThat(stackOf(again)).containsExactly("inner (trap.c:2)", "outer (trap.c:7)");
  }

  @ParameterizedTest
  @ValueSource(strings = {DWARF_4, DWARF_5})
  void loadsAModuleWhoseDebugInformationIsDamaged(String guest) {
    var wasm = bytes(guest);
    var module = ModuleReader.read("guest", wasm);
    int lines = endOf(wasm, ".debug_line");
    var random = new Random(7);

    for (int i = 0; i < 2_000; i++) {
      var damaged = wasm.clone();
      for (int times = random.nextInt(4); times >= 0; times--) {
        damaged[lines + random.nextInt(100)] = (byte) random.nextInt(256);
      }
      var places = FunctionPlaces.of(damaged, ModuleReader.read("guest", damaged));

      assertThat(places.places().keySet()).isSubsetOf(0, 1);
    }
    assertThat(FunctionPlaces.of(wasm, module).places()).hasSize(2);
  }

  private static byte[] bytes(String guest) {
    return Base64.getMimeDecoder().decode(guest);
  }

  /// Of its last appearance: `.debug_line_str` comes before.
  private static int endOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(text) + text.length();
  }

  private static List<String> stackOf(CompiledModule module) {
    var instance = module.instantiate(List.of(), Guests.limits(2));
    int outer = module.exportIndex("outer");

    var trap = catchThrowableOfType(GuestTrapException.class, () -> instance.call(outer, 0));

    instance.close();
    return trap.guestStack();
  }
}
