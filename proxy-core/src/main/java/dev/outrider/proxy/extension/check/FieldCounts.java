package dev.outrider.proxy.extension.check;

import java.util.Arrays;

/// How often each field of the messages that a walk is in was given, one message above the other in
/// one array: most messages are small, and there are many. Confined to one walk.
final class FieldCounts {
  private int[] counts = new int[128];
  private int top;

  /// Zeros for the fields of one more message; answers where they begin.
  int open(int fields) {
    int base = top;
    top += fields;
    if (top > counts.length) {
      counts = Arrays.copyOf(counts, 2 * top);
    }
    Arrays.fill(counts, base, top, 0);
    return base;
  }

  /// The message opened last ends.
  void close(int base) {
    top = base;
  }

  int get(int place) {
    return counts[place];
  }

  void add(int place, int amount) {
    counts[place] += amount;
  }
}
