package dev.outrider.proxy.http;

/// How names of header lines are spelled on the wire (Envoy `header_key_format`).
public enum HeaderCase {
  LOWER,
  /// A capital at the beginning and behind everything but letters and digits.
  PROPER_WORDS,
  /// As they were received, in both directions; heads that come in remember it.
  PRESERVED
}
