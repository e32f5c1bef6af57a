package dev.outrider.proxy.http;

import java.util.Arrays;

/// How the names in one head were spelled when it was received. Only where that is to be preserved:
/// elsewhere a head has none. As in Envoy, a name that stood in several lines is remembered as it
/// was spelled first.
final class OriginalNames {
  private byte[] bytes = new byte[512];
  private int[] ends = new int[32];
  private int length;
  private int count;

  /// Before it is folded.
  void append(byte b) {
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, length * 2);
    }
    bytes[length++] = b;
  }

  /// The name that was appended is complete.
  void endName() {
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, count * 2);
    }
    ends[count++] = length;
  }

  /// Writes the spelling of a lower-case name into `target`. False if it was not received.
  boolean copy(byte[] name, int offset, int size, byte[] target, int at) {
    var start = 0;
    for (var i = 0; i < count; i++) {
      if (ends[i] - start == size && folds(start, name, offset, size)) {
        System.arraycopy(bytes, start, target, at, size);
        return true;
      }
      start = ends[i];
    }
    return false;
  }

  private boolean folds(int start, byte[] name, int offset, int size) {
    for (var i = 0; i < size; i++) {
      if (HeaderSyntax.fold(bytes[start + i]) != name[offset + i]) {
        return false;
      }
    }
    return true;
  }
}
