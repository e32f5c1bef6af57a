package dev.outrider.proxywasm.guest;

import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderVisitor;

/// Writes a header map into guest memory in the ABI's pairs format (ABI reference 3.2), field by
/// field.
///
/// Reused for every map; belongs to one VM.
public final class PairsWriter implements HeaderVisitor {
  private static final int COUNT_BYTES = 4;
  private static final int LENGTHS_BYTES = 8;
  private static final int NULS = 2;
  private static final byte[] NONE = {};

  private byte[] target = NONE;
  private int lengthsAt;
  private int bytesAt;

  /// Bytes that the map takes; 0 for an empty map, which is sent as no block at all.
  public static int encodedSize(HeaderAccess map) {
    int fields = map.size();
    return fields == 0 ? 0 : COUNT_BYTES + fields * (LENGTHS_BYTES + NULS) + map.byteSize();
  }

  /// Writes a map that takes `encodedSize` bytes at an offset of `into`.
  public void write(HeaderAccess map, byte[] into, int offset) {
    target = into;
    int fields = map.size();
    putU32(offset, fields);
    lengthsAt = offset + COUNT_BYTES;
    bytesAt = lengthsAt + fields * LENGTHS_BYTES;
    map.forEach(this);
    target = NONE;
  }

  @Override
  public void field(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
    putU32(lengthsAt, nameLength);
    putU32(lengthsAt + 4, valueLength);
    lengthsAt += LENGTHS_BYTES;
    bytesAt = putTerminated(name, nameOffset, nameLength);
    bytesAt = putTerminated(value, valueOffset, valueLength);
  }

  private int putTerminated(byte[] source, int offset, int length) {
    System.arraycopy(source, offset, target, bytesAt, length);
    target[bytesAt + length] = 0;
    return bytesAt + length + 1;
  }

  private void putU32(int at, int value) {
    target[at] = (byte) value;
    target[at + 1] = (byte) (value >> 8);
    target[at + 2] = (byte) (value >> 16);
    target[at + 3] = (byte) (value >> 24);
  }
}
