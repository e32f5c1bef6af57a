package dev.outrider.proxy.extension.text;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Finds what somebody may have meant.
public final class Spelling {
  private Spelling() {}

  /// The candidate that is at most a third of the word's length away in single-character edits.
  public static Optional<String> nearest(String word, List<String> candidates) {
    var plain = plain(word);
    int best = Math.max(1, plain.length() / 3) + 1;
    String nearest = null;
    for (var candidate : candidates) {
      int distance = distance(plain, plain(candidate), best);
      if (distance < best) {
        best = distance;
        nearest = candidate;
      }
    }
    return Optional.ofNullable(nearest);
  }

  private static String plain(String word) {
    return word.replace("_", "").toLowerCase(Locale.ROOT);
  }

  /// Levenshtein's distance, or `limit` if it is no less.
  private static int distance(String a, String b, int limit) {
    if (Math.abs(a.length() - b.length()) >= limit || a.length() > 100) {
      return limit;
    }
    var row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return Math.min(row[b.length()], limit);
  }
}
