package dev.outrider.proxy.http.hpack;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Decodes up to two symbols per step: a table says for each 12 bits which symbols they begin with.
/// What is longer than 12 bits is rare and looked for by length.
final class HuffmanDecoder {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int STEP = 12;

  /// Entry: first symbol (8 bits), second symbol (8), bits of both (4), bits of the first (4),
  /// number of symbols (2). 0: the code is longer.
  private static final int[] TABLE = table();

  private HuffmanDecoder() {}

  /// Room that the decoded form of that many bytes may need, bytes written in vain included.
  static int room(int length) {
    return (int) (length * 8L / 5) + 2;
  }

  /// Returns the end of what was written, or -1: a code that is cut short, EOS, or padding that is
  /// too long or not the beginning of EOS (RFC 7541 5.2). Nothing but that means failure, whatever
  /// was written.
  static int decode(byte[] in, int from, int length, byte[] out, int to) {
    var end = from + length;
    var next = from;
    var at = to;
    // The bits not yet decoded, left-aligned; those behind `have` are either zero or right.
    var window = 0L;
    var have = 0;
    while (true) {
      if (next + Long.BYTES <= end) {
        window |= (long) LONGS.get(in, next) >>> have;
        next += (63 - have) >>> 3;
        have |= 56;
      } else {
        for (; have <= 56 && next < end; have += 8) {
          window |= (in[next++] & 0xffL) << (56 - have);
        }
      }
      while (have >= STEP) {
        var entry = TABLE[(int) (window >>> (64 - STEP))];
        if (entry == 0) {
          break;
        }
        out[at] = (byte) entry;
        out[at + 1] = (byte) (entry >>> 8);
        at += entry >>> 24;
        var bits = entry >>> 16 & 0xf;
        window <<= bits;
        have -= bits;
      }
      if (have < HuffmanCode.MAX_BITS && next < end) {
        continue;
      }
      // A long code, or the end: what is missing is taken for padding.
      var filled = have == 64 ? window : window | -1L >>> have;
      var top = (int) (filled >>> (64 - HuffmanCode.MAX_BITS));
      var bits = HuffmanCode.bitsOf(top);
      if (bits > have) {
        return have < 8 && filled == -1 ? at : -1;
      }
      var symbol = HuffmanCode.symbolOf(top, bits);
      if (symbol == HuffmanCode.EOS) {
        return -1;
      }
      out[at++] = (byte) symbol;
      window <<= bits;
      have -= bits;
    }
  }

  private static int[] table() {
    var table = new int[1 << STEP];
    for (var index = 0; index < table.length; index++) {
      // What follows the twelve bits is not known: zeros make no code look shorter than it is.
      var first = index << (HuffmanCode.MAX_BITS - STEP);
      var firstBits = HuffmanCode.bitsOf(first);
      if (firstBits <= STEP) {
        var second = first << firstBits & (1 << HuffmanCode.MAX_BITS) - 1;
        var secondBits = HuffmanCode.bitsOf(second);
        var two = firstBits + secondBits <= STEP;
        table[index] =
            HuffmanCode.symbolOf(first, firstBits)
                | (two ? HuffmanCode.symbolOf(second, secondBits) << 8 : 0)
                | (two ? firstBits + secondBits : firstBits) << 16
                | firstBits << 20
                | (two ? 2 : 1) << 24;
      }
    }
    return table;
  }
}
