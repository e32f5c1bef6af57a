package dev.outrider.proxywasm.host;

/// The bytes a guest may look at and edit in a body callback: the chunk, or all that was buffered
/// so far.
public interface BodyAccess {
  /// Bytes there now.
  int length();

  /// Copies a range out; the caller has checked it against [#length()].
  void copyOut(int start, int length, byte[] target, int targetOffset);

  /// Replaces `length` bytes at `start` by a range of `source`, which is borrowed; either may be
  /// empty. The caller has checked the range against [#length()]. The host keeps `content-length`
  /// honest: the guest need not.
  void replace(int start, int length, byte[] source, int sourceOffset, int sourceLength);
}
