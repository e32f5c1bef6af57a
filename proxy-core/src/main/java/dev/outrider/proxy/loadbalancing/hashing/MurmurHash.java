package dev.outrider.proxy.loadbalancing.hashing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// MurmurHash2, the 64-bit variant of it that libstdc++ hashes strings with, and its seed.
final class MurmurHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long SEED = 0xc70f6907L;
  private static final long MULTIPLIER = 0xc6a4a7935bd1e995L;

  private MurmurHash() {}

  /// Hash of the first `length` bytes.
  static long of(byte[] bytes, int length) {
    var hash = SEED ^ (length * MULTIPLIER);
    var aligned = length & ~7;
    for (var i = 0; i < aligned; i += Long.BYTES) {
      hash ^= mixed((long) LONG.get(bytes, i) * MULTIPLIER) * MULTIPLIER;
      hash *= MULTIPLIER;
    }
    if (aligned < length) {
      var rest = 0L;
      for (var i = length - 1; i >= aligned; i--) {
        rest = (rest << 8) | Byte.toUnsignedLong(bytes[i]);
      }
      hash = (hash ^ rest) * MULTIPLIER;
    }
    return mixed(mixed(hash) * MULTIPLIER);
  }

  private static long mixed(long value) {
    return value ^ (value >>> 47);
  }
}
