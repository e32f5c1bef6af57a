package dev.outrider.proxywasm.engine;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.FunctionBody;
import run.endive.wasm.types.Import;
import run.endive.wasm.types.OpCode;
import run.endive.wasm.types.RawSection;
import run.endive.wasm.types.SectionId;
import run.endive.wasm.types.ValType;

/// Parses and validates a module, and refuses what cannot run here, each with its own sentence.
final class ModuleReader {
  private static final int MEMORY_IS_SHARED = 0x02;
  private static final int MEMORY_IS_64_BIT = 0x04;
  private static final int SIMD_PREFIX = 0xFD;
  private static final int CORE_VERSION = 1;

  private final String name;
  private final byte[] wasm;

  private ModuleReader(String name, byte[] wasm) {
    this.name = name;
    this.wasm = wasm;
  }

  /// Checks what can be told from the outside.
  ///
  /// @throws CompileRefusedException with the reason
  static void checkOutside(String name, byte[] wasm, int maxBytes) {
    var reader = new ModuleReader(name, wasm);
    reader.checkSize(maxBytes);
    reader.checkHeader();
  }

  /// The parsed module.
  ///
  /// @throws CompileRefusedException with the reason
  static WasmModule read(String name, byte[] wasm) {
    return new ModuleReader(name, wasm).read();
  }

  /// Reads a module that has been read before and come back from our cache.
  static WasmModule readAgain(String name, byte[] wasm) {
    return new ModuleReader(name, wasm).parse();
  }

  private WasmModule read() {
    checkMemories();
    var module = parse();
    checkImports(module);
    checkSimd(module);
    return module;
  }

  private void checkSize(int maxBytes) {
    if (wasm.length > maxBytes) {
      throw refused(
          "it has %d bytes, the limit is %d: shrink it (wasm-opt -Oz, TinyGo) or raise the limit"
              .formatted(wasm.length, maxBytes));
    }
  }

  private void checkHeader() {
    if (wasm.length < 8 || wasm[0] != 0 || wasm[1] != 'a' || wasm[2] != 's' || wasm[3] != 'm') {
      throw refused(
          "it is not a WebAssembly module (%s): point to the .wasm file that the compiler wrote"
              .formatted(beginning()));
    }
    int version = Byte.toUnsignedInt(wasm[4]) | Byte.toUnsignedInt(wasm[5]) << 8;
    int layer = Byte.toUnsignedInt(wasm[6]) | Byte.toUnsignedInt(wasm[7]) << 8;
    if (layer != 0) {
      throw refused(
          "it is a WebAssembly component, proxy-wasm wants a core module: build for wasm32-wasip1"
              + " or wasm32-unknown-unknown");
    }
    if (version != CORE_VERSION) {
      throw refused("it has binary version %d, only version 1 exists here".formatted(version));
    }
  }

  private String beginning() {
    if (wasm.length == 0) {
      return "it is empty";
    }
    var bytes = Arrays.copyOf(wasm, Math.min(8, wasm.length));
    return "it starts with the bytes " + HexFormat.ofDelimiter(" ").formatHex(bytes);
  }

  // The engine's parser calls these an over-long integer.
  private void checkMemories() {
    try {
      Parser.parseWithoutDecoding(
          wasm,
          section -> {
            if (section.sectionId() == SectionId.MEMORY && section instanceof RawSection raw) {
              checkMemorySection(raw.contents());
            }
          });
    } catch (CompileRefusedException e) {
      throw e;
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      throw damaged(e);
    }
  }

  private void checkMemorySection(byte[] section) {
    if (section.length < 2 || section[0] == 0) {
      return;
    }
    if (section[0] > 1) {
      throw refused(
          "it declares %d memories, one is supported: build it without multi-memory"
              .formatted(section[0]));
    }
    if ((section[1] & MEMORY_IS_64_BIT) != 0) {
      throw refused("it uses 64-bit memory: build it for wasm32");
    }
    if ((section[1] & MEMORY_IS_SHARED) != 0) {
      throw refused("it uses shared memory (threads): build it without threads or atomics");
    }
  }

  private WasmModule parse() {
    try {
      return Parser.parse(wasm);
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      throw damaged(e);
    }
  }

  private void checkImports(WasmModule module) {
    var imports = module.importSection();
    for (int i = 0; i < imports.importCount(); i++) {
      checkImport(imports.getImport(i));
    }
  }

  private void checkImport(Import wanted) {
    var kind =
        switch (wanted.importType()) {
          case FUNCTION -> null;
          case GLOBAL -> "global";
          case MEMORY -> "memory";
          case TABLE -> "table";
          case TAG -> "exception tag";
        };
    if (kind != null) {
      throw refused(
          "it imports the %s %s.%s, a proxy offers functions only: let the module define it itself"
              .formatted(kind, wanted.module(), wanted.name()));
    }
  }

  private void checkSimd(WasmModule module) {
    int imported = module.importSection().count(ExternalType.FUNCTION);
    var bodies = module.codeSection().functionBodies();
    for (int i = 0; i < bodies.length; i++) {
      if (usesSimd(bodies[i])) {
        var function = FunctionNames.nameIn(module, imported + i);
        throw refused(
            "it uses SIMD (v128) in %s: build it without simd128 (Rust: -C target-feature=-simd128, clang: drop -msimd128)"
                .formatted(function));
      }
    }
  }

  private static boolean usesSimd(FunctionBody body) {
    return body.localTypes().stream().anyMatch(type -> type.opcode() == ValType.ID.V128)
        || body.instructions().stream().anyMatch(i -> isSimd(i.opcode()));
  }

  private static boolean isSimd(OpCode code) {
    return code.opcode() >> 8 == SIMD_PREFIX || code.opcode() >> 16 == SIMD_PREFIX;
  }

  // Where assertions are enabled, the engine's parser finds some damage by them.
  private CompileRefusedException damaged(Throwable cause) {
    var detail = cause.getMessage();
    return new CompileRefusedException(
        "module '%s' cannot be loaded: it is damaged or not valid WebAssembly (%s): build or copy it again"
            .formatted(name, detail == null ? cause.getClass().getSimpleName() : detail),
        cause);
  }

  private CompileRefusedException refused(String what) {
    return refused(name, what, null);
  }

  static CompileRefusedException refused(String name, String what, @Nullable Throwable cause) {
    return new CompileRefusedException(
        "module '%s' cannot be loaded: %s".formatted(name, what), cause);
  }
}
