package dev.outrider.proxy.cluster;

/// All addresses that begin with the same bits (Envoy `core.v3.CidrRange`).
///
/// @param first the lowest of them
/// @param bits 0..32 or 0..128; more are cut, as Envoy does
public record IpRange(IpAddress first, int bits) {

  public IpRange {
    bits = Math.min(bits, first.width());
    first = first.masked(bits);
  }

  /// An address of the other kind is in no range.
  public boolean contains(IpAddress address) {
    return address.v6() == first.v6() && address.masked(bits).equals(first);
  }
}
