package dev.outrider.proxywasm.guest;

/// Reads the ABI's pairs format (ABI reference 3.2) where it lies, field by field, after checking
/// all of it.
///
/// Reused; belongs to one VM. [#open] must have answered true before anything else is asked.
public final class PairsReader {
  /// Of one list, in either direction.
  public static final int MAX_BYTES = 1 << 20;

  /// In one list, in either direction.
  public static final int MAX_PAIRS = 1024;

  private byte[] source = {};
  private int pairs;
  private int start;
  private int index;
  private int nameAt;
  private int valueAt;
  private int next;

  /// Checks the bytes and stands before the first pair. Fewer than four bytes are an empty list.
  /// False if they are malformed, more than 1 MiB, or more than 1024 pairs.
  public boolean open(byte[] bytes, int offset, int length) {
    source = bytes;
    start = offset;
    index = 0;
    pairs = 0;
    if (length < 4) {
      return true;
    }
    int count = u32(offset);
    if (length > MAX_BYTES || count < 0 || count > MAX_PAIRS || 4 + 8 * count > length) {
      return false;
    }
    pairs = count;
    next = offset + 4 + 8 * count;
    return isWellFormed(offset + length);
  }

  private boolean isWellFormed(int end) {
    long at = next;
    for (int i = 0; i < 2 * pairs; i++) {
      at += Integer.toUnsignedLong(u32(start + 4 + 4 * i));
      if (at >= end || source[(int) at] != 0) {
        return false;
      }
      at++;
    }
    return pairs == 0 || at == end;
  }

  /// Number of pairs.
  public int size() {
    return pairs;
  }

  /// Moves to the next pair; false after the last.
  public boolean advance() {
    if (index == pairs) {
      return false;
    }
    nameAt = next;
    valueAt = nameAt + u32(lengthsOf(index)) + 1;
    next = valueAt + u32(lengthsOf(index) + 4) + 1;
    index++;
    return true;
  }

  /// Stands before the first pair again.
  public void rewind() {
    index = 0;
    next = start + 4 + 8 * pairs;
  }

  /// Where the current name starts in the bytes given to [#open].
  public int nameOffset() {
    return nameAt;
  }

  public int nameLength() {
    return valueAt - 1 - nameAt;
  }

  /// Where the current value starts in the bytes given to [#open].
  public int valueOffset() {
    return valueAt;
  }

  public int valueLength() {
    return next - 1 - valueAt;
  }

  private int lengthsOf(int pair) {
    return start + 4 + 8 * pair;
  }

  private int u32(int at) {
    return (source[at] & 0xff)
        | (source[at + 1] & 0xff) << 8
        | (source[at + 2] & 0xff) << 16
        | (source[at + 3] & 0xff) << 24;
  }
}
