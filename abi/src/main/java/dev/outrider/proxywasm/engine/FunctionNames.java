package dev.outrider.proxywasm.engine;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;

/// The function names of a module, with their places in the source where those are known, in one
/// byte array: a big Go module has thousands, and they are asked for only when something went
/// wrong.
final class FunctionNames {
  private final byte[] text;
  // Name i is text[ends[i - 1] .. ends[i]); empty where the module has none.
  private final int[] ends;

  private FunctionNames(byte[] text, int[] ends) {
    this.text = text;
    this.ends = ends;
  }

  static FunctionNames of(WasmModule module, FunctionPlaces places) {
    int count =
        module.importSection().count(ExternalType.FUNCTION)
            + module.functionSection().functionCount();
    var imports = importNames(module);
    var section = module.nameSection();
    var text = new ByteArrayOutputStream();
    var ends = new int[count];
    for (int i = 0; i < count; i++) {
      var own = section == null ? null : section.nameOfFunction(i);
      var name = own != null || i >= imports.size() ? own : imports.get(i);
      var place = places.place(i);
      if (name != null || place != null) {
        var shown = name == null ? fallback(i) : name;
        text.writeBytes(
            (place == null ? shown : shown + " (" + place + ")").getBytes(StandardCharsets.UTF_8));
      }
      ends[i] = text.size();
    }
    return new FunctionNames(text.toByteArray(), ends);
  }

  private static List<String> importNames(WasmModule module) {
    var names = new ArrayList<String>();
    var section = module.importSection();
    for (int i = 0; i < section.importCount(); i++) {
      if (section.getImport(i) instanceof run.endive.wasm.types.FunctionImport function) {
        names.add(function.name());
      }
    }
    return names;
  }

  /// The name, or `func 12`, as in `route (lib.rs:42)`.
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
