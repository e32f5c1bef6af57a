package dev.outrider.proxywasm.engine;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;

/// The function names of a module in one byte array: a big Go module has thousands, and they are
/// asked for only when something went wrong.
final class FunctionNames {
  private final byte[] text;
  // Name i is text[ends[i - 1] .. ends[i]); empty where the module has none.
  private final int[] ends;

  private FunctionNames(byte[] text, int[] ends) {
    this.text = text;
    this.ends = ends;
  }

  static FunctionNames of(WasmModule module) {
    int count =
        module.importSection().count(ExternalType.FUNCTION)
            + module.functionSection().functionCount();
    var section = module.nameSection();
    var text = new ByteArrayOutputStream();
    var ends = new int[count];
    for (int i = 0; i < count; i++) {
      var name = section == null ? null : section.nameOfFunction(i);
      if (name != null) {
        text.writeBytes(name.getBytes(StandardCharsets.UTF_8));
      }
      ends[i] = text.size();
    }
    return new FunctionNames(text.toByteArray(), ends);
  }

  /// The name, or `func 12`.
  String name(int index) {
    if (index < 0 || index >= ends.length) {
      return fallback(index);
    }
    int start = index == 0 ? 0 : ends[index - 1];
    return start == ends[index]
        ? fallback(index)
        : new String(text, start, ends[index] - start, StandardCharsets.UTF_8);
  }

  static String nameIn(WasmModule module, int index) {
    var section = module.nameSection();
    var name = section == null ? null : section.nameOfFunction(index);
    return name == null ? fallback(index) : name;
  }

  private static String fallback(int index) {
    return "func " + index;
  }

  int count() {
    return ends.length;
  }
}
