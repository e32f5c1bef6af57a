package dev.outrider.proxywasm.engine;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.SectionId;

/// Where functions begin in their source, as `lib.rs:42`, for a module that carries debug
/// information. The engine's classes know no lines, so it is the function's line that a guest's
/// stack shows, not that of the instruction.
record FunctionPlaces(Map<Integer, String> places) {
  private static final int HEADER_BYTES = 8;

  /// Of the module as it was built; a stripped one has none.
  static FunctionPlaces of(byte[] wasm, WasmModule module) {
    var functions = functionsByAddress(wasm, module.importSection().count(ExternalType.FUNCTION));
    var places = new HashMap<Integer, String>();
    DebugLines.read(
        module,
        (address, file, line) -> {
          var function = functions.get(address);
          if (function != null && line > 0) {
            places.putIfAbsent(function, file + ":" + line);
          }
        });
    return new FunctionPlaces(Map.copyOf(places));
  }

  private static Map<Integer, Integer> functionsByAddress(byte[] wasm, int imported) {
    var functions = new HashMap<Integer, Integer>();
    var in = new SectionReader(wasm, HEADER_BYTES);
    while (!in.atEnd()) {
      int id = in.u8();
      int size = in.number();
      int content = in.at();
      if (id == SectionId.CODE) {
        int count = in.number();
        for (int i = 0; i < count; i++) {
          int bodyBytes = in.number();
          functions.put(in.at() - content, imported + i);
          in.skip(bodyBytes);
        }
      }
      in.at(content + size);
    }
    return functions;
  }

  @Nullable String place(int function) {
    return places.get(function);
  }

  void write(DataOutputStream out) throws IOException {
    out.writeInt(places.size());
    for (var place : places.entrySet()) {
      out.writeInt(place.getKey());
      out.writeUTF(place.getValue());
    }
  }

  static FunctionPlaces read(DataInputStream in) throws IOException {
    var places = new HashMap<Integer, String>();
    for (int left = in.readInt(); left > 0; left--) {
      places.put(in.readInt(), in.readUTF());
    }
    return new FunctionPlaces(Map.copyOf(places));
  }
}
