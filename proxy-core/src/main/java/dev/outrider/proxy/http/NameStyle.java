package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Spells the names of one connection's messages: the scratch of a writer that does not write them
/// in lower case.
final class NameStyle {
  private static final byte[] NONE = {};
  private static final int CAPITAL = 'A' - 'a';

  private final HeaderCase style;
  private byte[] scratch = NONE;

  NameStyle(HeaderCase style) {
    this.style = style;
  }

  /// Whether lines may leave as they lie in the head.
  boolean plain(HeaderMap head) {
    return style != HeaderCase.PROPER_WORDS && head.raw().originalNames() == null;
  }

  void line(HeaderMap head, int line, ByteBuf out) {
    var raw = head.raw();
    var length = raw.nameLength(line);
    var room = room(length);
    raw.copyName(line, room, 0);
    write(raw.originalNames(), room, length, out);
    out.writeBytes(raw.bytes(), raw.value(line), raw.valueLength(line));
    out.writeByte('\r').writeByte('\n');
  }

  /// The name of a line that the writer adds, and its separator.
  void name(HeaderMap head, HeaderName name, ByteBuf out) {
    var room = room(name.length());
    System.arraycopy(name.bytes(), 0, room, 0, name.length());
    write(head.raw().originalNames(), room, name.length(), out);
  }

  /// What the received head remembers counts more than what the connection would do by itself.
  private void write(@Nullable OriginalNames original, byte[] name, int length, ByteBuf out) {
    if (original != null) {
      original.copy(name, 0, length, name, 0);
    } else if (style == HeaderCase.PROPER_WORDS) {
      capitalise(name, length);
    }
    out.writeBytes(name, 0, length).writeByte(':').writeByte(' ');
  }

  private static void capitalise(byte[] name, int length) {
    var first = true;
    for (var i = 0; i < length; i++) {
      var b = name[i];
      var letter = b >= 'a' && b <= 'z';
      if (first && letter) {
        name[i] = (byte) (b + CAPITAL);
      }
      first = !letter && !(b >= '0' && b <= '9');
    }
  }

  private byte[] room(int length) {
    if (scratch.length < length) {
      scratch = new byte[Math.max(length, 64)];
    }
    return scratch;
  }
}
