package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderMap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes that grow, made once per loop and cleared for each use. One thread.
public final class ValueBuffer {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes;
  private int size;

  public ValueBuffer() {
    this(256);
  }

  public ValueBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  /// Lent until the next write: the content is `[0, size())`.
  public byte[] array() {
    return bytes;
  }

  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  /// Cuts the content back to a size it had before.
  public void truncate(int earlierSize) {
    size = Math.min(size, earlierSize);
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  public void put(int b) {
    room(1);
    bytes[size++] = (byte) b;
  }

  public void put(byte[] source) {
    put(source, 0, source.length);
  }

  public void put(byte[] source, int offset, int length) {
    room(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  /// UTF-8. Text of ASCII only, the common case, is copied without another array.
  public void put(String text) {
    var length = text.length();
    room(length);
    for (var i = 0; i < length; i++) {
      var c = text.charAt(i);
      if (c >= 0x80) {
        size += i;
        put(text.substring(i).getBytes(StandardCharsets.UTF_8));
        return;
      }
      bytes[size + i] = (byte) c;
    }
    size += length;
  }

  /// In decimal.
  public void putDecimal(long value) {
    if (value < 0) {
      if (value == Long.MIN_VALUE) {
        put(Long.toString(value));
        return;
      }
      put('-');
      putDecimal(-value);
      return;
    }
    var digits = 1;
    for (var rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    putPadded(value, digits);
  }

  /// In decimal with exactly `digits` digits, leading zeros included.
  public void putPadded(long value, int digits) {
    room(digits);
    var rest = value;
    for (var i = digits - 1; i >= 0; i--) {
      bytes[size + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    size += digits;
  }

  /// 4 bytes, little-endian: lengths and counts of the wire form of maps.
  public void putIntLittleEndian(int value) {
    for (var shift = 0; shift < 32; shift += 8) {
      put(value >>> shift);
    }
  }

  /// 8 bytes, little-endian: how guests read integers.
  public void putLongLittleEndian(long value) {
    room(8);
    for (var shift = 0; shift < 64; shift += 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  /// A text field of a protobuf message, with a number below 16.
  void putField(int number, String text) {
    var utf8 = text.getBytes(StandardCharsets.UTF_8);
    put((number << 3) | 2);
    var length = utf8.length;
    while (length > 0x7f) {
      put((length & 0x7f) | 0x80);
      length >>>= 7;
    }
    put(length);
    put(utf8);
  }

  /// Begins a map of `count` pairs, in the form that guests expect: what is put from now on is the
  /// first key. Maps may stand inside of each other.
  ///
  /// @return its place, for [#endKey] and [#endValue], which must follow for each pair in turn
  public int beginPairs(int count) {
    var place = size;
    putIntLittleEndian(count);
    for (var i = 0; i < 2 * count; i++) {
      putIntLittleEndian(size);
    }
    startAt(place, 0);
    return place;
  }

  /// What is put from now on is the value of that pair.
  public void endKey(int pairs, int index) {
    end(pairs + Integer.BYTES * (1 + 2 * index));
    startAt(pairs, 2 * index + 1);
  }

  /// What is put from now on is the next key, if there is one.
  public void endValue(int pairs, int index) {
    end(pairs + Integer.BYTES * (2 + 2 * index));
    if (index + 1 < (int) INT.get(bytes, pairs)) {
      startAt(pairs, 2 * index + 2);
    }
  }

  /// Until its end is known, the place of a length holds where the text begins.
  private void startAt(int pairs, int lengthIndex) {
    if (lengthIndex < 2 * (int) INT.get(bytes, pairs)) {
      INT.set(bytes, pairs + Integer.BYTES * (1 + lengthIndex), size);
    }
  }

  private void end(int lengthAt) {
    INT.set(bytes, lengthAt, size - (int) INT.get(bytes, lengthAt));
    put(0);
  }

  /// The value of one header line.
  void putValue(HeaderMap head, int line) {
    var length = head.valueLength(line);
    room(length);
    head.copyValue(line, bytes, size);
    size += length;
  }

  /// The name of one header line.
  void putName(HeaderMap head, int line) {
    var length = head.nameLength(line);
    room(length);
    head.copyName(line, bytes, size);
    size += length;
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
    }
  }
}
