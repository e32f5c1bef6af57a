package dev.outrider.proxy.extension.schema;

import java.nio.charset.StandardCharsets;

/// Steps over the fields of one encoded message without decoding it. Never fails: at bytes that are
/// not a message it stops and says so. Borrows the array. Confined to one call.
public final class WireCursor {
  public static final int VARINT = 0;
  public static final int FIXED64 = 1;
  public static final int BYTES = 2;
  public static final int FIXED32 = 5;

  private final byte[] bytes;
  private final int limit;
  private int at;
  private int number;
  private int wireType;
  private long value;
  private int start;
  private boolean malformed;

  public WireCursor(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private WireCursor(byte[] bytes, int start, int limit) {
    this.bytes = bytes;
    this.at = start;
    this.limit = limit;
  }

  /// Moves to the next field; false at the end and at malformed bytes.
  public boolean next() {
    if (at >= limit || malformed) {
      return false;
    }
    long tag = readVarint();
    number = (int) (tag >>> 3);
    wireType = (int) tag & 7;
    if (number <= 0 || tag >>> 32 != 0) {
      malformed = true;
    }
    return !malformed && readValue(wireType);
  }

  /// True once the bytes turned out not to be a message.
  public boolean malformed() {
    return malformed;
  }

  public int number() {
    return number;
  }

  public int wireType() {
    return wireType;
  }

  /// The varint, or the bits of the fixed-size value.
  public long value() {
    return value;
  }

  /// Length of a length-delimited value.
  public int length() {
    return (int) value;
  }

  /// A cursor over the length-delimited value.
  public WireCursor payload() {
    return new WireCursor(bytes, start, start + length());
  }

  /// The length-delimited value as text.
  public String text() {
    return new String(bytes, start, length(), StandardCharsets.UTF_8);
  }

  /// Reads the next value of a packed list; as [#next()], with [#value()] the value.
  public boolean nextPacked(int type) {
    return at < limit && !malformed && readValue(type);
  }

  private boolean readValue(int type) {
    switch (type) {
      case VARINT -> value = readVarint();
      case FIXED64 -> value = readFixed(8);
      case FIXED32 -> value = readFixed(4);
      case BYTES -> {
        long length = readVarint();
        if (length < 0 || length > limit - at) {
          malformed = true;
        } else {
          value = length;
          start = at;
          at += (int) length;
        }
      }
      default -> malformed = true;
    }
    return !malformed;
  }

  private long readVarint() {
    long result = 0;
    for (int shift = 0; shift < 64 && at < limit; shift += 7) {
      byte b = bytes[at++];
      result |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return result;
      }
    }
    malformed = true;
    return 0;
  }

  private long readFixed(int size) {
    if (limit - at < size) {
      malformed = true;
      return 0;
    }
    long result = 0;
    for (int i = 0; i < size; i++) {
      result |= (bytes[at++] & 0xFFL) << (8 * i);
    }
    return result;
  }
}
