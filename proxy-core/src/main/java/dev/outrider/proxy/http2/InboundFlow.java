package dev.outrider.proxy.http2;

/// The window that we give the peer, for one stream or for the connection (RFC 9113 5.2). What has
/// been consumed is announced again when it is half of the window.
final class InboundFlow {
  private int size;
  private int window;
  private int consumed;

  void start(int bytes) {
    size = bytes;
    window = bytes;
    consumed = 0;
  }

  /// Returns false if the peer may not send that much.
  boolean receive(int bytes) {
    if (bytes > window) {
      return false;
    }
    window -= bytes;
    return true;
  }

  /// Returns the increment that is to be announced now, or 0.
  int consume(int bytes) {
    consumed += bytes;
    if (consumed < size - size / 2) {
      return 0;
    }
    var increment = consumed;
    consumed = 0;
    window += increment;
    return increment;
  }
}
