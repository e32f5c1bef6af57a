package dev.outrider.proxywasm.engine;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;

/// Modules with functions near and above the JVM's limits, written as bytes: the text assembler
/// would take seconds.
final class LargeModules {
  private static final HexFormat HEX = HexFormat.of();

  private LargeModules() {}

  /// Function 0 is exported as `big`: it spins if its argument is not 0, else adds 1,000,000
  /// `additions` times. The last one is exported as `through` and calls function 0.
  static byte[] wasm(int additions, int functions) {
    var body = new ByteArrayOutputStream();
    body.writeBytes(HEX.parseHex("00" + "20000440" + "03400c000b" + "0b" + "2000"));
    for (int i = 0; i < additions; i++) {
      body.writeBytes(HEX.parseHex("41c0843d" + "6a"));
    }
    body.write(0x0b);
    var code = new ByteArrayOutputStream();
    code.writeBytes(number(functions + 1));
    for (int i = 0; i < functions; i++) {
      code.writeBytes(number(body.size()));
      code.writeBytes(body.toByteArray());
    }
    code.writeBytes(HEX.parseHex("06" + "00" + "2000" + "1000" + "0b"));
    var exports = new ByteArrayOutputStream();
    exports.write(2);
    Guests.writeText(exports, "big");
    exports.writeBytes(new byte[] {0, 0});
    Guests.writeText(exports, "through");
    exports.write(0);
    exports.writeBytes(number(functions));
    var types = new byte[functions + 1];
    var wasm = new ByteArrayOutputStream();
    wasm.writeBytes(HEX.parseHex("0061736d01000000" + "0106" + "0160017f017f"));
    section(wasm, 3, concat(number(functions + 1), types));
    section(wasm, 7, exports.toByteArray());
    section(wasm, 10, code.toByteArray());
    return wasm.toByteArray();
  }

  private static void section(ByteArrayOutputStream out, int id, byte[] content) {
    out.write(id);
    out.writeBytes(number(content.length));
    out.writeBytes(content);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    var both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  // Unsigned LEB128.
  private static byte[] number(int value) {
    var out = new ByteArrayOutputStream();
    for (int rest = value; ; rest >>>= 7) {
      if (rest < 0x80) {
        out.write(rest);
        return out.toByteArray();
      }
      out.write((rest & 0x7F) | 0x80);
    }
  }
}
