package dev.outrider.proxy.health;

import java.util.Arrays;
import java.util.List;

/// Pieces that have to stand somewhere in an answer, each behind the one before.
public record PayloadPattern(List<byte[]> pieces) {
  /// Anything will do.
  public static final PayloadPattern ANY = new PayloadPattern(List.of());

  public PayloadPattern {
    pieces = List.copyOf(pieces);
  }

  public boolean isEmpty() {
    return pieces.isEmpty();
  }

  /// Bytes of all pieces together.
  public int length() {
    return pieces.stream().mapToInt(piece -> piece.length).sum();
  }

  public boolean matches(byte[] answer) {
    var from = 0;
    for (var piece : pieces) {
      var found = find(piece, answer, from);
      if (found < 0) {
        return false;
      }
      from = found + piece.length;
    }
    return true;
  }

  private static int find(byte[] piece, byte[] answer, int from) {
    for (var at = from; at + piece.length <= answer.length; at++) {
      if (Arrays.equals(answer, at, at + piece.length, piece, 0, piece.length)) {
        return at;
      }
    }
    return -1;
  }
}
