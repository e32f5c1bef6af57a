package dev.outrider.proxy.attributes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An immutable map from byte strings, asked with a range of somebody else's array: no key object
/// is made. Any thread.
public final class ByteRangeMap<V> {
  private final byte[][] keys;
  private final Object[] values;
  private final int mask;

  /// Keys are taken as UTF-8.
  public ByteRangeMap(Map<String, ? extends V> entries) {
    var capacity = Integer.highestOneBit(Math.max(4, entries.size() * 4));
    mask = capacity - 1;
    keys = new byte[capacity][];
    values = new Object[capacity];
    entries.forEach(
        (text, value) -> {
          var key = text.getBytes(StandardCharsets.UTF_8);
          var slot = slot(hash(key, 0, key.length));
          while (values[slot] != null) {
            slot = slot + 1 & mask;
          }
          keys[slot] = key;
          values[slot] = value;
        });
  }

  /// Null if there is no such key.
  public @Nullable V get(byte[] source, int from, int to) {
    return get(source, from, to, hash(source, from, to));
  }

  /// As the other, for a caller that has worked out the [#hash] already.
  @SuppressWarnings("unchecked") // only V was put in
  public @Nullable V get(byte[] source, int from, int to, int hash) {
    for (var slot = slot(hash); values[slot] != null; slot = slot + 1 & mask) {
      if (Arrays.equals(keys[slot], 0, keys[slot].length, source, from, to)) {
        return (V) values[slot];
      }
    }
    return null;
  }

  public static int hash(byte[] source, int from, int to) {
    var hash = 0;
    for (var i = from; i < to; i++) {
      hash = next(hash, source[i]);
    }
    return hash;
  }

  /// The hash of a range that is longer by one byte.
  public static int next(int hash, byte b) {
    return hash * 31 + b;
  }

  private int slot(int hash) {
    return (hash ^ hash >>> 15) & mask;
  }
}
