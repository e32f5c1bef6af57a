package dev.outrider.proxy.health.probe;

import dev.outrider.proxy.health.PayloadPattern;
import io.netty.buffer.ByteBuf;
import java.util.List;

/// Looks for a [PayloadPattern] in an answer that comes bit by bit, without keeping any of it: what
/// a byte costs depends neither on how long the answer is nor on how it is cut.
///
/// Owned by one thread.
final class PayloadSearch {
  private final List<byte[]> pieces;
  private final List<int[]> borders;
  private int found;
  private int matched;

  PayloadSearch(PayloadPattern pattern) {
    this.pieces = pattern.pieces().stream().filter(piece -> piece.length > 0).toList();
    this.borders = pieces.stream().map(PayloadSearch::borders).toList();
  }

  /// The answer begins anew.
  void reset() {
    found = 0;
    matched = 0;
  }

  /// Answers whether all pieces have come. *Borrows* the bytes.
  boolean take(ByteBuf bytes) {
    for (var at = bytes.readerIndex(); at < bytes.writerIndex() && found < pieces.size(); at++) {
      take(bytes.getByte(at), pieces.get(found), borders.get(found));
    }
    return found == pieces.size();
  }

  private void take(byte next, byte[] piece, int[] border) {
    while (matched > 0 && piece[matched] != next) {
      matched = border[matched - 1];
    }
    if (piece[matched] == next) {
      matched++;
    }
    if (matched == piece.length) {
      found++;
      matched = 0;
    }
  }

  /// For each beginning of the piece, how long the longest shorter one is that it ends with (Knuth,
  /// Morris, Pratt).
  private static int[] borders(byte[] piece) {
    var borders = new int[piece.length];
    var length = 0;
    for (var i = 1; i < piece.length; i++) {
      while (length > 0 && piece[length] != piece[i]) {
        length = borders[length - 1];
      }
      if (piece[length] == piece[i]) {
        length++;
      }
      borders[i] = length;
    }
    return borders;
  }
}
