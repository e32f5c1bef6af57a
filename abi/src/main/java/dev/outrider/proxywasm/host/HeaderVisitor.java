package dev.outrider.proxywasm.host;

/// Takes one header field as two byte ranges, lent for the call.
@FunctionalInterface
public interface HeaderVisitor {
  /// One field; both ranges are lent for the call.
  void field(
      byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength);
}
