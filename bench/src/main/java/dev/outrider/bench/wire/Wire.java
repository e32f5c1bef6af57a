package dev.outrider.bench.wire;

/// How requests travel.
public enum Wire {
  HTTP1,
  /// Cleartext, with prior knowledge.
  HTTP2
}
