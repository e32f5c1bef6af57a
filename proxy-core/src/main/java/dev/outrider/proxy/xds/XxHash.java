package dev.outrider.proxy.xds;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// XXH64 with seed 0: the number that Envoy shows for a configuration version in `*.version`.
final class XxHash {
  private static final long PRIME_A = 0x9E3779B185EBCA87L;
  private static final long PRIME_B = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_C = 0x165667B19E3779F9L;
  private static final long PRIME_D = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_E = 0x27D4EB2F165667C5L;
  private static final int STRIPE = 32;

  private XxHash() {}

  /// Hash of the UTF-8 bytes of `text`, as an unsigned number.
  static long of(String text) {
    var in = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)).order(ByteOrder.LITTLE_ENDIAN);
    var length = in.remaining();
    var hash = length >= STRIPE ? stripes(in) : PRIME_E;
    return avalanche(tail(in, hash + length));
  }

  private static long stripes(ByteBuffer in) {
    var a = PRIME_A;
    a += PRIME_B; // wraps, as all of this arithmetic does
    var b = PRIME_B;
    var c = 0L;
    var d = -PRIME_A;
    while (in.remaining() >= STRIPE) {
      a = round(a, in.getLong());
      b = round(b, in.getLong());
      c = round(c, in.getLong());
      d = round(d, in.getLong());
    }
    var hash =
        Long.rotateLeft(a, 1)
            + Long.rotateLeft(b, 7)
            + Long.rotateLeft(c, 12)
            + Long.rotateLeft(d, 18);
    return merge(merge(merge(merge(hash, a), b), c), d);
  }

  private static long tail(ByteBuffer in, long start) {
    var hash = start;
    while (in.remaining() >= Long.BYTES) {
      hash = Long.rotateLeft(hash ^ round(0, in.getLong()), 27) * PRIME_A + PRIME_D;
    }
    if (in.remaining() >= Integer.BYTES) {
      hash ^= Integer.toUnsignedLong(in.getInt()) * PRIME_A;
      hash = Long.rotateLeft(hash, 23) * PRIME_B + PRIME_C;
    }
    while (in.hasRemaining()) {
      hash ^= Byte.toUnsignedLong(in.get()) * PRIME_E;
      hash = Long.rotateLeft(hash, 11) * PRIME_A;
    }
    return hash;
  }

  private static long round(long accumulator, long lane) {
    return Long.rotateLeft(accumulator + lane * PRIME_B, 31) * PRIME_A;
  }

  private static long merge(long hash, long accumulator) {
    return (hash ^ round(0, accumulator)) * PRIME_A + PRIME_D;
  }

  private static long avalanche(long start) {
    var hash = start;
    hash = (hash ^ (hash >>> 33)) * PRIME_B;
    hash = (hash ^ (hash >>> 29)) * PRIME_C;
    return hash ^ (hash >>> 32);
  }
}
