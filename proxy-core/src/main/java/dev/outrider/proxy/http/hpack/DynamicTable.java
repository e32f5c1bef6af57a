package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeaderKey;
import java.util.Arrays;

/// The dynamic table of one direction (RFC 7541 2.3.2 and 4): a ring of bytes with the names and
/// values, and a ring of ints with four per entry. Both grow with their contents; an entry is no
/// object. The bytes of known names are not kept.
///
/// Entries are told by their number, counted from the first that was ever added: an index is
/// [#number] away from it.
final class DynamicTable {
  /// Size before anything is negotiated (RFC 9113 6.5.2).
  static final int DEFAULT_SIZE = 4096;

  private static final int OVERHEAD = 32;
  private static final int STRIDE = 4;
  private static final int START = 1;
  private static final int NAME_LENGTH = 2;
  private static final int VALUE_LENGTH = 3;
  private static final int BAD_VALUE = Integer.MIN_VALUE;
  private static final int SMALLEST_RING = 256;
  private static final int FEWEST_ENTRIES = 16;

  private byte[] bytes = {};
  private int[] entries = {};
  private int head;
  private int tail;
  private int oldest;
  private int added;
  private int size;
  private int limit;

  DynamicTable(int limit) {
    this.limit = limit;
  }

  /// Entries it holds: indexes go from 1, the newest, to that.
  int count() {
    return added - oldest;
  }

  /// In the sense of RFC 7541 4.1.
  int size() {
    return size;
  }

  int limit() {
    return limit;
  }

  void limit(int newLimit) {
    limit = newLimit;
    evict(newLimit);
  }

  /// Number of the entry with that index.
  int number(int index) {
    return added - index;
  }

  /// Index of the entry with that number, or 0 if it is gone.
  int index(int number) {
    return number - oldest >= 0 && number - added < 0 ? added - number : 0;
  }

  /// The entry with that index, as the methods below want it. Good until the next change.
  int entry(int index) {
    assert index > 0 && index <= count();
    return (added - index & entries.length / STRIDE - 1) * STRIDE;
  }

  /// [HeaderKey#REMOVED] if the name is none.
  int key(int entry) {
    return entries[entry];
  }

  int nameLength(int entry) {
    return entries[entry + NAME_LENGTH];
  }

  int valueLength(int entry) {
    return entries[entry + VALUE_LENGTH] & ~BAD_VALUE;
  }

  boolean valid(int entry) {
    return entries[entry + VALUE_LENGTH] >= 0 && key(entry) != HeaderKey.REMOVED;
  }

  /// Only for names that are not known.
  void copyName(int entry, byte[] target, int offset) {
    copy(entries[entry + START], nameLength(entry), target, offset);
  }

  void copyValue(int entry, byte[] target, int offset) {
    copy(valueStart(entry), valueLength(entry), target, offset);
  }

  boolean nameEquals(int entry, int key, byte[] name, int offset, int length) {
    return key(entry) == key
        && (HeaderKey.isKnown(key)
            || (nameLength(entry) == length
                && contentEquals(entries[entry + START], name, offset, length)));
  }

  boolean valueEquals(int entry, byte[] value, int offset, int length) {
    return valueLength(entry) == length && contentEquals(valueStart(entry), value, offset, length);
  }

  /// Room that an entry takes, in the sense of RFC 7541 4.1.
  static long sizeOf(int nameLength, int valueLength) {
    return (long) nameLength + valueLength + OVERHEAD;
  }

  /// Copies both strings, the name only if it is not known. An entry that is too large leaves an
  /// empty table (RFC 7541 4.4).
  ///
  /// @param valid whether the value may stand in a head
  void add(
      int key,
      byte[] source,
      int nameOffset,
      int nameLength,
      int valueOffset,
      int valueLength,
      boolean valid) {
    var room = sizeOf(nameLength, valueLength);
    evict((int) Math.max(limit - room, 0));
    if (room > limit) {
      return;
    }
    var kept = HeaderKey.isKnown(key) ? 0 : nameLength;
    reserve(kept + valueLength);
    var entry = (added++ & entries.length / STRIDE - 1) * STRIDE;
    entries[entry] = key;
    entries[entry + START] = tail;
    entries[entry + NAME_LENGTH] = nameLength;
    entries[entry + VALUE_LENGTH] = valid ? valueLength : valueLength | BAD_VALUE;
    if (kept > 0) {
      append(source, nameOffset, kept); // a known name may be nowhere in the source
    }
    append(source, valueOffset, valueLength);
    size += (int) room;
  }

  private void evict(int wanted) {
    while (size > wanted) {
      var entry = entry(count());
      size -= (int) sizeOf(nameLength(entry), valueLength(entry));
      head = valueStart(entry) + valueLength(entry);
      oldest++;
    }
  }

  private int valueStart(int entry) {
    return entries[entry + START] + (HeaderKey.isKnown(key(entry)) ? 0 : nameLength(entry));
  }

  // ---- the rings; positions only ever increase, and are taken modulo their length

  private void append(byte[] source, int offset, int length) {
    var from = tail & bytes.length - 1;
    var first = Math.min(length, bytes.length - from);
    System.arraycopy(source, offset, bytes, from, first);
    System.arraycopy(source, offset + first, bytes, 0, length - first);
    tail += length;
  }

  private void copy(int position, int length, byte[] target, int offset) {
    var from = position & bytes.length - 1;
    var first = Math.min(length, bytes.length - from);
    System.arraycopy(bytes, from, target, offset, first);
    if (first < length) {
      System.arraycopy(bytes, 0, target, offset + first, length - first);
    }
  }

  private boolean contentEquals(int position, byte[] other, int offset, int length) {
    var from = position & bytes.length - 1;
    var first = Math.min(length, bytes.length - from);
    var middle = offset + first;
    return Arrays.equals(bytes, from, from + first, other, offset, middle)
        && (first == length
            || Arrays.equals(bytes, 0, length - first, other, middle, offset + length));
  }

  private void reserve(int more) {
    if (tail - head + more > bytes.length) {
      var length = ringLength(tail - head + more, SMALLEST_RING);
      var bigger = new byte[length];
      for (var index = count(); index > 0; index--) {
        var entry = entry(index);
        var start = entries[entry + START];
        moveInto(bigger, start, valueStart(entry) - start + valueLength(entry));
      }
      bytes = bigger;
    }
    if ((count() + 1) * STRIDE > entries.length) {
      var bigger = new int[ringLength(count() + 1, FEWEST_ENTRIES) * STRIDE];
      for (var number = oldest; number != added; number++) {
        var from = (number & entries.length / STRIDE - 1) * STRIDE;
        var to = (number & bigger.length / STRIDE - 1) * STRIDE;
        System.arraycopy(entries, from, bigger, to, STRIDE);
      }
      entries = bigger;
    }
  }

  private void moveInto(byte[] bigger, int position, int length) {
    for (var i = position; i != position + length; i++) {
      bigger[i & bigger.length - 1] = bytes[i & bytes.length - 1];
    }
  }

  private static int ringLength(int needed, int smallest) {
    return Math.max(Integer.highestOneBit(needed - 1) << 1, smallest);
  }
}
