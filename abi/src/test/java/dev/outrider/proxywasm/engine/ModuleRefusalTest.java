package dev.outrider.proxywasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// Each refusal is a sentence: which module, what was found, what to do.
class ModuleRefusalTest {
  private static final String SMALL =
      "(module (memory 1) (func (export \"f\") (result i32) (i32.const 1)))";
  private static final String HEADER = "0061736d01000000";

  @Test
  void refusesWhatIsNotWasm() {
    assertThat(refusalOf("#!/bin/sh\n".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(
            "module 'bad' cannot be loaded: it is not a WebAssembly module (it starts with the"
                + " bytes 23 21 2f 62 69 6e 2f 73): point to the .wasm file that the compiler"
                + " wrote");
    assertThat(refusalOf(new byte[0])).contains("it is empty");
  }

  @Test
  void refusesAComponent() {
    assertThat(refusalOf(HexFormat.of().parseHex("0061736d0d000100")))
        .contains("is a WebAssembly component")
        .contains("wasm32-wasip1");
  }

  @Test
  void refusesAnotherBinaryVersion() {
    assertThat(refusalOf(HexFormat.of().parseHex("0061736d02000000"))).contains("binary version 2");
  }

  @Test
  void refusesAModuleCutOffAtAnyByte() {
    var whole = Guests.wasm(SMALL);
    for (int length = 8; length < whole.length; length++) {
      var cut = Arrays.copyOf(whole, length);
      // What remains may be a module again, of fewer sections.
      var refusal =
          catchThrowableOfType(
              CompileRefusedException.class,
              () -> CompiledModule.compile("bad", cut, CompileOptions.DEFAULT));
      if (refusal != null) {
        assertThat(refusal.getMessage())
            .as("cut after %d of %d bytes", length, whole.length)
            .startsWith("module 'bad' cannot be loaded: ")
            .contains("damaged or not valid WebAssembly");
      }
    }
    assertThat(refusalOf(Arrays.copyOf(whole, whole.length - 1))).contains("damaged");
  }

  @Test
  void refusesAnyFlippedByteWithASentenceOrLoadsTheModule() {
    var whole = Guests.wasm(SMALL);
    for (int i = 8; i < whole.length; i++) {
      var damaged = whole.clone();
      damaged[i] ^= 0x55;

      assertThatCode(
              () -> {
                try {
                  CompiledModule.compile("bad", damaged, CompileOptions.DEFAULT);
                } catch (CompileRefusedException e) {
                  assertThat(e.getMessage()).startsWith("module 'bad' cannot be loaded: ");
                }
              })
          .as("byte %d flipped", i)
          .doesNotThrowAnyException();
    }
  }

  @Test
  void refusesSimdAndNamesTheFunction() {
    var simd =
        Guests.wasm(
            """
            (module
              (func (result i32) (i32.const 1))
              (func (export "f") (result i32)
                (i32x4.extract_lane 0 (i32x4.splat (i32.const 7)))))
            """);

    assertThat(refusalOf(simd)).contains("uses SIMD (v128) in func 1").contains("simd128");
  }

  @Test
  void refusesAModuleOfInvalidCode() {
    // (func (result i32)) without a value
    var invalid =
        HexFormat.of().parseHex(HEADER + "010501600001" + "7f" + "03020100" + "0a040102000b");

    assertThat(refusalOf(invalid)).contains("not valid WebAssembly");
  }

  @Test
  void refusesImportsOtherThanFunctions() {
    assertThat(refusalOf(Guests.wasm("(module (import \"env\" \"g\" (global i32)))")))
        .contains("imports the global env.g");
    assertThat(refusalOf(Guests.wasm("(module (import \"env\" \"m\" (memory 1)))")))
        .contains("imports the memory env.m");
    assertThat(refusalOf(Guests.wasm("(module (import \"env\" \"t\" (table 1 funcref)))")))
        .contains("imports the table env.t");
  }

  @Test
  void refusesImportsThatAHostFunctionCannotAnswer() {
    assertThat(refusalOf(Guests.wasm("(module (import \"env\" \"f\" (func (param externref))))")))
        .contains("imports env.f (other) -> ()");
  }

  @Test
  void refusesSixtyFourBitAndSharedMemory() {
    assertThat(refusalOf(HexFormat.of().parseHex(HEADER + "0503010401")))
        .contains("64-bit memory")
        .contains("wasm32");
    assertThat(refusalOf(HexFormat.of().parseHex(HEADER + "050401030102")))
        .contains("shared memory");
  }

  @Test
  void refusesAModuleAboveTheSizeLimit() {
    var wasm = Guests.wasm(SMALL);
    var options = new CompileOptions(wasm.length - 1, null);

    var refusal =
        catchThrowableOfType(
            CompileRefusedException.class, () -> CompiledModule.compile("bad", wasm, options));

    assertThat(refusal.getMessage())
        .contains("it has %d bytes, the limit is %d".formatted(wasm.length, wasm.length - 1));
  }

  private static String refusalOf(byte[] wasm) {
    var refusal =
        catchThrowableOfType(
            CompileRefusedException.class,
            () -> CompiledModule.compile("bad", wasm, CompileOptions.DEFAULT));
    assertThat(refusal).as("refusal").isNotNull();
    return String.valueOf(refusal.getMessage());
  }
}
