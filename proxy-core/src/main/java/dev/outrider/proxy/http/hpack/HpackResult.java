package dev.outrider.proxy.http.hpack;

/// What came of a header block. If several things are wrong with a head, the first one is told.
public enum HpackResult {
  OK,

  /// More fields than allowed; each cookie crumb counts.
  TOO_MANY_FIELDS,

  /// The decoded fields together, or one of them as it was sent, are larger than allowed.
  TOO_LARGE,

  /// A name or a value may not be what it is, or a pseudo-header does not belong here.
  INVALID_FIELD,

  /// The block cannot be decoded: the connection is lost (RFC 9113 4.3, COMPRESSION_ERROR).
  COMPRESSION_ERROR
}
