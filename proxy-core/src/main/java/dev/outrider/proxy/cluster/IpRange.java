package dev.outrider.proxy.cluster;

/// All addresses that begin with the same bits (Envoy `core.v3.CidrRange`).
///
/// @param first the lowest of them
/// @param bits 0..32 or 0..128; more are cut, as Envoy does
public record IpRange(IpAddress first, int bits) {
  /// Of an IPv6 address that holds an IPv4 address, before it (RFC 4291 2.5.5.2).
  private static final int MAPPED_BITS = 96;

  public IpRange {
    bits = Math.min(bits, first.width());
    first = first.masked(bits);
  }

  /// As it is configured. IPv4 that is mapped into IPv6 is a range of IPv4 addresses.
  ///
  /// @param prefix without brackets
  /// @param bits unsigned
  /// @throws IllegalArgumentException for a reader, if the prefix is no address, or if so few bits
  ///   of a mapped one count that more than IPv4 is meant
  public static IpRange of(String prefix, int bits) {
    var first = IpAddress.parse(prefix);
    if (first == null) {
      throw new IllegalArgumentException("malformed IP address: " + prefix);
    }
    var count = bits < 0 ? Integer.MAX_VALUE : bits;
    if (first.v6() || prefix.indexOf(':') < 0) {
      return new IpRange(first, count);
    }
    if (count < MAPPED_BITS) {
      throw new IllegalArgumentException(
          "%s is an IPv4 address in IPv6: its prefix_len is %d to 128, not %d; or write the IPv4 range"
              .formatted(prefix, MAPPED_BITS, count));
    }
    return new IpRange(first, count - MAPPED_BITS);
  }

  /// An address of the other kind is in no range.
  public boolean contains(IpAddress address) {
    return address.v6() == first.v6() && address.masked(bits).equals(first);
  }
}
