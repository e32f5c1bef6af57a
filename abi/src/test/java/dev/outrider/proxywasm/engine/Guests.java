package dev.outrider.proxywasm.engine;

import com.dylibso.chicory.wabt.Wat2Wasm;
import dev.outrider.proxywasm.host.MemoryPool;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Tiny guests in text format, and what they need to run.
final class Guests {
  private Guests() {}

  static byte[] wasm(String text) {
    return Wat2Wasm.parse(text);
  }

  /// As a module with a name section: names of the functions from index 0, imports first.
  static CompiledModule compileNamed(String text, String... functionNames) {
    var entries = new ByteArrayOutputStream();
    entries.write(functionNames.length);
    for (int i = 0; i < functionNames.length; i++) {
      entries.write(i);
      writeText(entries, functionNames[i]);
    }
    var section = new ByteArrayOutputStream();
    writeText(section, "name");
    section.write(1);
    section.write(entries.size());
    section.writeBytes(entries.toByteArray());
    return CompiledModule.compile(
        "guest", withCustomSection(wasm(text), section.toByteArray()), CompileOptions.DEFAULT);
  }

  /// `content` starts with the section's name.
  static byte[] withCustomSection(byte[] wasm, byte[] content) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(wasm);
    out.write(0);
    out.write(content.length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  /// A length below 128 and the UTF-8 bytes.
  static void writeText(ByteArrayOutputStream out, String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(bytes.length);
    out.writeBytes(bytes);
  }

  static CompiledModule compile(String text) {
    return CompiledModule.compile("guest", wasm(text), CompileOptions.DEFAULT);
  }

  /// As many pages as wanted, zeroed at once.
  static MemoryPool pool() {
    return new MemoryPool(1L << 30, 1L << 28, Runnable::run);
  }

  static InstanceLimits limits(int maxPages) {
    return new InstanceLimits(maxPages, pool());
  }

  static WasmInstance start(CompiledModule module, HostBinding... bindings) {
    return module.instantiate(List.of(bindings), limits(16));
  }

  static WasmInstance start(String text) {
    return start(compile(text));
  }

  /// Binds the module's only import.
  static HostBinding bind(CompiledModule module, HostCode code) {
    return new HostBinding(module.imports().getFirst(), code);
  }

  static long call(WasmInstance instance, String export) {
    return instance.call(instance.module().exportIndex(export));
  }

  static long call(WasmInstance instance, String export, long a) {
    return instance.call(instance.module().exportIndex(export), a);
  }

  static long call(WasmInstance instance, String export, long a, long b) {
    return instance.call(instance.module().exportIndex(export), a, b);
  }
}
