package dev.outrider.proxy.cluster;

import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/// An IP address as numbers. An IPv4 address that is mapped into IPv6 is the IPv4 address.
///
/// @param high the upper half of IPv6; 0 for IPv4
/// @param low the lower half of IPv6; the 32 bits of IPv4
public record IpAddress(boolean v6, long high, long low) {
  private static final long MAPPED = 0xffffL << 32;

  /// An address of IPv4.
  public static IpAddress v4(int address) {
    return new IpAddress(false, 0, Integer.toUnsignedLong(address));
  }

  /// From 4 or 16 bytes in network order.
  public static IpAddress of(byte[] bytes) {
    if (bytes.length == 4) {
      return new IpAddress(false, 0, number(bytes, 0, 4));
    }
    var high = number(bytes, 0, 8);
    var low = number(bytes, 8, 8);
    return high == 0 && low >>> 32 << 32 == MAPPED
        ? new IpAddress(false, 0, low & 0xffff_ffffL)
        : new IpAddress(true, high, low);
  }

  /// Null if the text, which has no brackets, is not an IP address.
  public static @Nullable IpAddress parse(String text) {
    var bytes = NetUtil.createByteArrayFromIpAddressString(text);
    return bytes == null ? null : of(bytes);
  }

  private static long number(byte[] bytes, int from, int count) {
    var number = 0L;
    for (var i = from; i < from + count; i++) {
      number = (number << 8) | (bytes[i] & 0xff);
    }
    return number;
  }

  /// As Envoy decides it: `127.0.0.1` or `::1`, not all of `127.0.0.0/8`.
  public boolean isLoopback() {
    return v6 ? high == 0 && low == 1 : low == 0x7f00_0001L;
  }

  /// How many bits an address of this kind has.
  public int width() {
    return v6 ? 128 : 32;
  }

  /// With all but the first `bits` cleared.
  public IpAddress masked(int bits) {
    return v6
        ? new IpAddress(true, high & mask(bits, 64), low & mask(bits - 64, 64))
        : new IpAddress(false, 0, low & mask(bits, 32));
  }

  /// Without brackets; IPv6 as RFC 5952 says.
  public String text() {
    var bytes = new byte[v6 ? 16 : 4];
    for (var i = 0; i < bytes.length; i++) {
      var part = v6 && i < 8 ? high : low;
      bytes[i] = (byte) (part >>> (8 * ((bytes.length - 1 - i) % 8)));
    }
    return NetUtil.bytesToIpAddress(bytes);
  }

  private static long mask(int bits, int width) {
    return bits <= 0 ? 0 : bits >= width ? -1L : -1L << (width - bits);
  }
}
