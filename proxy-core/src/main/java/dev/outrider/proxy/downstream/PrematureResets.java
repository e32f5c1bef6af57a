package dev.outrider.proxy.downstream;

/// Recognises a client that begins streams in order to end them: CVE-2023-44487, and its twin that
/// makes the server reset them (CVE-2025-55163). Envoy's formula: of the streams of a connection,
/// at least half ended early and without a response; judged when 500 have ended, or as soon as that
/// outcome is certain.
final class PrematureResets {
  private static final long JUDGED_FROM = 500;

  private long ended;
  private long premature;

  /// Counts the end of a stream. Returns true if the connection should be given up.
  boolean add(boolean early) {
    ended++;
    if (early) {
      premature++;
    }
    return premature * 2 >= Math.max(ended, JUDGED_FROM);
  }
}
