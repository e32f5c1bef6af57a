package dev.outrider.proxy.attributes;

/// What was found under a path, and how its bytes are to be read.
public enum AttributeKind {
  TEXT,
  BYTES,
  /// Numbers are 8 bytes, little-endian.
  INT,
  UINT,
  DOUBLE,
  /// One byte, 0 or 1.
  BOOL,
  /// Nanoseconds, as INT.
  DURATION,
  /// Nanoseconds since 1970, as INT.
  TIME,
  /// Pairs: count, lengths, then names and values each ended by a NUL.
  MAP,
  /// As a map whose keys are the items and whose values are empty.
  LIST,
  /// Protobuf.
  MESSAGE,
  /// Something is there that has no bytes: a root such as `request`, an empty path, a null.
  GROUP,
  /// Nothing has that path, or it has no value now.
  ABSENT
}
