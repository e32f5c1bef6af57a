package dev.outrider.proxywasm.engine;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import run.endive.wasm.types.SectionId;

/// Writes a module again with its function bodies replaced by `unreachable`, valid for any type:
/// what a cached module is parsed from. Sections are copied as they are, but for debug information.
final class StrippedBytes {
  private static final int HEADER_BYTES = 8;

  // Size 3, no locals, unreachable, end.
  private static final byte[] STUB = {3, 0, 0, 0x0B};

  private final byte[] wasm;
  private int at;

  private StrippedBytes(byte[] wasm) {
    this.wasm = wasm;
  }

  /// `wasm` must be valid; bodies of the functions in `kept` (indices with `imported` functions
  /// counted first) stay.
  static byte[] of(byte[] wasm, int imported, Set<Integer> kept) {
    return new StrippedBytes(wasm).strip(imported, kept);
  }

  private byte[] strip(int imported, Set<Integer> kept) {
    var out = new ByteArrayOutputStream();
    out.write(wasm, 0, HEADER_BYTES);
    at = HEADER_BYTES;
    while (at < wasm.length) {
      int start = at;
      int id = wasm[at++];
      int size = number();
      int content = at;
      if (id == SectionId.CODE) {
        var code = code(imported, kept);
        out.write(id);
        writeNumber(out, code.length);
        out.writeBytes(code);
      } else if (id != SectionId.CUSTOM || isWanted()) {
        out.write(wasm, start, content + size - start);
      }
      at = content + size;
    }
    return out.toByteArray();
  }

  // `at` stands at the name of a custom section.
  private boolean isWanted() {
    int length = number();
    var name = new String(wasm, at, length, StandardCharsets.UTF_8);
    return name.equals("name") || name.equals("producers");
  }

  private byte[] code(int imported, Set<Integer> kept) {
    var out = new ByteArrayOutputStream();
    int count = number();
    writeNumber(out, count);
    for (int i = 0; i < count; i++) {
      int start = at;
      int size = number();
      if (kept.contains(imported + i)) {
        out.write(wasm, start, at + size - start);
      } else {
        out.writeBytes(STUB);
      }
      at += size;
    }
    return out.toByteArray();
  }

  private int number() {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte part = wasm[at++];
      value |= (part & 0x7F) << shift;
      if (part >= 0) {
        return value;
      }
    }
  }

  private static void writeNumber(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest >= 0x80) {
      out.write((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }
}
