package dev.outrider.proxy.wasm.foreign;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// As much of ASN.1 DER as it takes to bring a key into the one form that Java reads.
final class Der {
  static final int INTEGER = 0x02;
  static final int OCTET_STRING = 0x04;
  static final int SEQUENCE = 0x30;
  static final int CONTEXT_0 = 0xa0;

  private Der() {}

  /// The first element of `source` without what follows it; `source` itself if it is no element.
  static byte[] firstElement(byte[] source) {
    var end = end(source, 0, source.length);
    return end < 0 || end == source.length ? source : Arrays.copyOf(source, end);
  }

  /// The whole element with that tag among the children of a sequence, or null.
  static byte @Nullable [] child(byte[] sequence, int tag) {
    var end = end(sequence, 0, sequence.length);
    var at = end < 0 || (sequence[0] & 0xff) != SEQUENCE ? -1 : content(sequence, 0);
    while (at >= 0 && at < end) {
      var next = end(sequence, at, end);
      if (next >= 0 && (sequence[at] & 0xff) == tag) {
        return Arrays.copyOfRange(sequence, at, next);
      }
      at = next;
    }
    return null;
  }

  /// What is inside of an element.
  static byte[] content(byte[] element) {
    return Arrays.copyOfRange(element, content(element, 0), element.length);
  }

  static byte[] element(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (var part : parts) {
      content.writeBytes(part);
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    var length = content.size();
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x1_0000) {
      out.writeBytes(new byte[] {(byte) 0x82, (byte) (length >>> 8), (byte) length});
    } else {
      out.writeBytes(
          new byte[] {(byte) 0x83, (byte) (length >>> 16), (byte) (length >>> 8), (byte) length});
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  /// Where the element at `at` ends; -1 if it does not end before `limit`.
  private static int end(byte[] source, int at, int limit) {
    var content = at + 2 <= limit ? content(source, at) : -1;
    if (content < 0 || content > limit) {
      return -1;
    }
    var length = 0L;
    if (content == at + 2) {
      length = source[at + 1];
    }
    for (var i = at + 2; i < content; i++) {
      length = (length << 8) | (source[i] & 0xff);
    }
    return length <= limit - content ? (int) (content + length) : -1;
  }

  /// Where the content of the element at `at` begins; -1 for lengths that no key has.
  private static int content(byte[] source, int at) {
    var first = source[at + 1] & 0xff;
    return first < 0x80 ? at + 2 : first > 0x80 && first <= 0x83 ? at + 2 + first - 0x80 : -1;
  }
}
