package dev.outrider.proxy.metrics;

import org.jspecify.annotations.Nullable;

/// A text that is made piece by piece while it is sent: the statistics of ten thousand clusters are
/// some sixty megabytes, and whoever makes them has other things to do in between. One thread.
public interface TextParts {
  /// About how many characters a piece has: to make them takes a fraction of a millisecond.
  int PIECE = 32 * 1024;

  /// After so many statistics a piece ends, however little of them is shown.
  int MOST_STATS = 1_000;

  /// The next piece, perhaps an empty one, lent until the next call; null at the end.
  @Nullable CharSequence next();

  /// All of it at once.
  default String all() {
    var text = new StringBuilder();
    for (var piece = next(); piece != null; piece = next()) {
      text.append(piece);
    }
    return text.toString();
  }
}
