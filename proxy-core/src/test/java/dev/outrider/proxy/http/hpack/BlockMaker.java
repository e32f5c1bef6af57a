package dev.outrider.proxy.http.hpack;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/// Writes valid header blocks of all representations at random, without knowing what is in the
/// dynamic table but how many entries there are.
final class BlockMaker {
  private static final int FIRST_FIELD = 15;
  private static final List<String> NAMES =
      List.of("x-a", "x-bb", "content-type", "accept", "x-unknown-name", "grpc-status", "date");
  private static final List<String> VALUES =
      List.of("", "0", "a b", "text/html; charset=utf-8", "\u00e9\u00ff", "1234567890".repeat(13));

  private final Random random;
  private final ByteBuf out = Unpooled.buffer();

  BlockMaker(Random random) {
    this.random = random;
  }

  /// The caller owns the result.
  ByteBuf block(int dynamicEntries, int maxTableSize) {
    out.clear();
    if (random.nextInt(10) == 0) {
      integer(0x20, 5, random.nextInt(maxTableSize + 1));
      return out.copy();
    }
    var known = StaticTable.SIZE + dynamicEntries;
    for (var fields = random.nextInt(12); fields > 0; fields--) {
      switch (random.nextInt(4)) {
        case 0 -> integer(0x80, 7, random.nextInt(FIRST_FIELD, known + 1));
        case 1 -> literal(0x40, 6, random.nextInt(FIRST_FIELD, known + 1));
        case 2 -> literal(random.nextBoolean() ? 0x10 : 0, 4, random.nextInt(FIRST_FIELD, known));
        default -> literal(random.nextBoolean() ? 0x40 : 0, random.nextBoolean());
      }
    }
    return out.copy();
  }

  private void literal(int form, int prefixBits, int name) {
    integer(form, prefixBits, name);
    string(VALUES.get(random.nextInt(VALUES.size())) + random.nextInt(3));
  }

  private void literal(int form, boolean large) {
    out.writeByte(form);
    string(NAMES.get(random.nextInt(NAMES.size())));
    string(large ? "v".repeat(random.nextInt(300)) : VALUES.get(random.nextInt(VALUES.size())));
  }

  private void string(String text) {
    var bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (random.nextBoolean()) {
      var coded = new byte[bytes.length * 4 + 8];
      var length = HuffmanEncoder.encode(bytes, 0, bytes.length, coded, 0);
      integer(0x80, 7, length);
      out.writeBytes(coded, 0, length);
    } else {
      integer(0, 7, bytes.length);
      out.writeBytes(bytes);
    }
  }

  private void integer(int form, int prefixBits, int number) {
    var mask = (1 << prefixBits) - 1;
    if (number < mask) {
      out.writeByte(form | number);
      return;
    }
    out.writeByte(form | mask);
    var rest = number - mask;
    for (; rest >= 0x80; rest >>>= 7) {
      out.writeByte(rest | 0x80);
    }
    out.writeByte(rest);
  }
}
