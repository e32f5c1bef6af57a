package dev.outrider.proxy.cluster;

/// In which order the addresses of one endpoint are tried (Envoy
/// cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig): so many of the first family, one of
/// the other, and again.
///
/// @param count at least 1
public record FamilyOrder(First first, int count) {
  /// Which family that is.
  public enum First {
    /// That of the address that comes first.
    AS_GIVEN,
    V4,
    V6
  }

  public static final FamilyOrder DEFAULT = new FamilyOrder(First.AS_GIVEN, 1);

  /// Whether the first family is IPv6.
  ///
  /// @param given the address that comes first
  public boolean v6(HostPort given) {
    return switch (first) {
      case AS_GIVEN -> given.ip().v6();
      case V4 -> false;
      case V6 -> true;
    };
  }
}
