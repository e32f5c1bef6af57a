package dev.outrider.proxy.http.hpack;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The encoder's dynamic table, and where to look in it. Places are remembered by hash in arrays
/// that forget: a place that was taken by another field, or whose entry is gone, only costs a few
/// bytes more on the wire.
final class EncoderTable {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int PLACES_BITS = 7;
  private static final int PLACES = 1 << PLACES_BITS;

  private final DynamicTable table;
  private int[] fields = {};
  private int[] names = {};

  /// Hashes of fields that were seen once.
  private int[] once = {};

  EncoderTable(int limit) {
    table = new DynamicTable(limit);
  }

  void limit(int bytes) {
    table.limit(bytes);
  }

  static int hash(int key, byte[] value, int offset, int length) {
    var hash = key * 0x9E3779B97F4A7C15L + length;
    var at = offset;
    var end = offset + length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = (hash ^ (long) LONGS.get(value, at)) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 32;
    }
    for (; at < end; at++) {
      hash = (hash ^ value[at]) * 0x100000001B3L;
    }
    return (int) (hash ^ hash >>> 32) * 0x9E3779B9;
  }

  /// Index of that field in the dynamic table, or 0. Borrows one array with name and value.
  int find(int hash, int key, byte[] bytes, int name, int nameLength, int value, int valueLength) {
    var index = table.count() == 0 ? 0 : table.index(fields[place(hash)]);
    if (index == 0) {
      return 0;
    }
    var entry = table.entry(index);
    return table.valueEquals(entry, bytes, value, valueLength)
            && table.nameEquals(entry, key, bytes, name, nameLength)
        ? index
        : 0;
  }

  /// Index of an entry with that name, or 0.
  int findName(int key, byte[] bytes, int name, int nameLength) {
    var index = table.count() == 0 ? 0 : table.index(names[place(key * 0x9E3779B9)]);
    return index > 0 && table.nameEquals(table.entry(index), key, bytes, name, nameLength)
        ? index
        : 0;
  }

  /// Whether the field is worth an entry: it fits well, and this is not the first time.
  boolean wants(int hash, int nameLength, int valueLength) {
    if (DynamicTable.sizeOf(nameLength, valueLength) > table.limit() / 2) {
      return false;
    }
    if (once.length == 0) {
      once = new int[PLACES];
    }
    if (once[place(hash)] == hash) {
      return true;
    }
    once[place(hash)] = hash;
    return false;
  }

  void add(int hash, int key, byte[] bytes, int name, int nameLength, int value, int valueLength) {
    table.add(key, bytes, name, nameLength, value, valueLength, true);
    if (fields.length == 0) {
      fields = new int[PLACES];
      names = new int[PLACES];
    }
    fields[place(hash)] = table.number(1);
    names[place(key * 0x9E3779B9)] = table.number(1);
  }

  private static int place(int hash) {
    return hash >>> (Integer.SIZE - PLACES_BITS);
  }
}
