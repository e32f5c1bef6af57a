package dev.outrider.proxy.cluster;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// XXH64, the hash that Envoy spreads requests over endpoints by, and by which it tells the version
/// of a configuration in its statistics.
public final class XxHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long PRIME_A = 0x9E3779B185EBCA87L;
  private static final long PRIME_B = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_C = 0x165667B19E3779F9L;
  private static final long PRIME_D = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_E = 0x27D4EB2F165667C5L;
  private static final int STRIPE = 32;

  private XxHash() {}

  /// Hash of the UTF-8 bytes of `text` with seed 0, as an unsigned number.
  public static long of(String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    return of(bytes, 0, bytes.length, 0);
  }

  /// Hash of a range, as an unsigned number. Allocates nothing.
  public static long of(byte[] bytes, int offset, int length, long seed) {
    var end = offset + length;
    var stripesEnd = offset + length / STRIPE * STRIPE;
    var hash = length >= STRIPE ? stripes(bytes, offset, stripesEnd, seed) : seed + PRIME_E;
    return avalanche(tail(bytes, stripesEnd, end, hash + length));
  }

  private static long stripes(byte[] bytes, int from, int to, long seed) {
    var a = seed + PRIME_A + PRIME_B; // wraps, as all of this arithmetic does
    var b = seed + PRIME_B;
    var c = seed;
    var d = seed - PRIME_A;
    for (var at = from; at < to; at += STRIPE) {
      a = round(a, (long) LONG.get(bytes, at));
      b = round(b, (long) LONG.get(bytes, at + 8));
      c = round(c, (long) LONG.get(bytes, at + 16));
      d = round(d, (long) LONG.get(bytes, at + 24));
    }
    var hash =
        Long.rotateLeft(a, 1)
            + Long.rotateLeft(b, 7)
            + Long.rotateLeft(c, 12)
            + Long.rotateLeft(d, 18);
    return merge(merge(merge(merge(hash, a), b), c), d);
  }

  private static long tail(byte[] bytes, int from, int to, long start) {
    var hash = start;
    var at = from;
    for (; to - at >= Long.BYTES; at += Long.BYTES) {
      hash = Long.rotateLeft(hash ^ round(0, (long) LONG.get(bytes, at)), 27) * PRIME_A + PRIME_D;
    }
    if (to - at >= Integer.BYTES) {
      hash ^= Integer.toUnsignedLong((int) INT.get(bytes, at)) * PRIME_A;
      hash = Long.rotateLeft(hash, 23) * PRIME_B + PRIME_C;
      at += Integer.BYTES;
    }
    for (; at < to; at++) {
      hash ^= Byte.toUnsignedLong(bytes[at]) * PRIME_E;
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
