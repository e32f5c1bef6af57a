package dev.outrider.proxy.http2;

/// What the peer allows us (RFC 9113 6.5.2), as far as it is not the sending half's alone.
final class PeerSettings {
  private int concurrentStreams = Integer.MAX_VALUE;
  private boolean connectProtocol;
  private boolean known;

  int concurrentStreams() {
    return concurrentStreams;
  }

  void concurrentStreams(int streams) {
    concurrentStreams = streams;
  }

  /// RFC 8441 3.
  boolean connectProtocol() {
    return connectProtocol;
  }

  void connectProtocol(boolean allowed) {
    connectProtocol = allowed;
  }

  /// Whether its first SETTINGS have come.
  boolean isKnown() {
    return known;
  }

  void known() {
    known = true;
  }
}
