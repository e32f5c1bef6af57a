package dev.outrider.proxy.http;

/// The int that stands for a name in a line of a head: the id of a known name (positive), or the
/// hash of an unknown one with the sign bit set (negative; equal keys still need their bytes
/// compared). Zero marks a removed line.
public final class HeaderKey {
  public static final int REMOVED = 0;

  private HeaderKey() {}

  /// The bytes must be lower-case.
  static int hash(byte[] name, int offset, int length) {
    var hash = 0;
    for (var i = offset; i < offset + length; i++) {
      hash = next(hash, name[i]);
    }
    return hash;
  }

  public static int next(int hash, int lowerCaseByte) {
    return 31 * hash + lowerCaseByte;
  }

  static int ofUnknown(int hash) {
    return hash | Integer.MIN_VALUE;
  }

  /// The bytes must be lower-case, and `hash` theirs.
  public static int of(byte[] name, int offset, int length, int hash) {
    var known = HeaderNames.lookup(name, offset, length, hash);
    return known != null ? known.key() : ofUnknown(hash);
  }

  /// Of a name of any case; a malformed one gets a key that no line has, or that the comparison of
  /// bytes will not confirm.
  static int ofAnyCase(byte[] name, int offset, int length) {
    var hash = 0;
    for (var i = offset; i < offset + length; i++) {
      hash = next(hash, name[i] == ':' ? ':' : HeaderSyntax.fold(name[i]));
    }
    return HeaderNames.foldedKey(name, offset, length, hash);
  }

  public static boolean isKnown(int key) {
    return key > 0;
  }
}
