package dev.outrider.proxy.http.hpack;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Writes strings in the code of RFC 7541 appendix B.
final class HuffmanEncoder {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /// Symbol -> code, and its length in the lowest byte.
  private static final long[] CODES = codes();

  private HuffmanEncoder() {}

  /// Bytes that the string will take.
  static int length(byte[] in, int from, int length) {
    var bits = 0L;
    for (var i = from; i < from + length; i++) {
      bits += CODES[in[i] & 0xff] & 0xff;
    }
    return (int) ((bits + 7) >>> 3);
  }

  /// Returns the end of what was written.
  static int encode(byte[] in, int from, int length, byte[] out, int to) {
    var at = to;
    var pending = 0L;
    var bits = 0;
    for (var i = from; i < from + length; i++) {
      var entry = CODES[in[i] & 0xff];
      var more = (int) entry & 0xff;
      pending = pending << more | entry >>> 8;
      bits += more;
      if (bits >= Integer.SIZE) {
        bits -= Integer.SIZE;
        INTS.set(out, at, (int) (pending >>> bits));
        at += Integer.BYTES;
      }
    }
    for (; bits >= 8; bits -= 8) {
      out[at++] = (byte) (pending >>> (bits - 8));
    }
    if (bits > 0) {
      out[at++] = (byte) (pending << (8 - bits) | 0xff >>> bits);
    }
    return at;
  }

  private static long[] codes() {
    var codes = new long[256];
    for (var symbol = 0; symbol < codes.length; symbol++) {
      codes[symbol] = (long) HuffmanCode.code(symbol) << 8 | HuffmanCode.bits(symbol);
    }
    return codes;
  }
}
