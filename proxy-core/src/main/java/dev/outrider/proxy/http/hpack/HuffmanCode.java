package dev.outrider.proxy.http.hpack;

/// The code of RFC 7541 appendix B. It is canonical, so that the lengths say it all: shorter codes
/// come first, equally long ones in the order of their symbols.
final class HuffmanCode {
  static final int MAX_BITS = 30;

  /// End of string: never sent, only the beginning of it as padding.
  static final int EOS = 256;

  private static final byte[] BITS = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5,
    6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23,
    23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20,
    22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22,
    22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26,
    27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
    25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30
  };
  private static final int[] CODES = new int[BITS.length];

  /// All symbols in the order of their codes.
  private static final short[] SYMBOLS = new short[BITS.length];

  /// By length: code behind the last one of that length, and what to add to a code in order to find
  /// its place in `SYMBOLS`.
  private static final int[] END = new int[MAX_BITS + 1];

  private static final int[] PLACE = new int[MAX_BITS + 1];

  static {
    var code = 0;
    var place = 0;
    for (var bits = 1; bits <= MAX_BITS; bits++) {
      code <<= 1;
      PLACE[bits] = place - code;
      for (var symbol = 0; symbol < BITS.length; symbol++) {
        if (BITS[symbol] == bits) {
          CODES[symbol] = code++;
          SYMBOLS[place++] = (short) symbol;
        }
      }
      END[bits] = code;
    }
  }

  private HuffmanCode() {}

  static int bits(int symbol) {
    return BITS[symbol];
  }

  static int code(int symbol) {
    return CODES[symbol];
  }

  /// Length of the code that the 30 lowest bits of `window` begin with.
  static int bitsOf(int window) {
    var bits = 5;
    while (window >>> (MAX_BITS - bits) >= END[bits]) {
      bits++;
    }
    return bits;
  }

  /// The symbol that the 30 lowest bits of `window` begin with, its code being that long.
  static int symbolOf(int window, int bits) {
    return SYMBOLS[(window >>> (MAX_BITS - bits)) + PLACE[bits]];
  }
}
