package dev.outrider.proxy.stream;

/// What one side of an exchange cost on the wire: bytes of whole messages, and how many of them
/// were header fields, counted as Envoy counts them. One thread; recycled with its stream.
///
/// Whoever carries the exchange states its figures when the exchange is over.
public final class WireBytes {
  private long received;
  private long headersReceived;
  private long sent;
  private long headersSent;

  /// All bytes, framing included.
  public long received() {
    return received;
  }

  /// HTTP/1.1: names, values and three bytes for each line of a head as it came. HTTP/2: the frames
  /// of heads and trailers.
  public long headersReceived() {
    return headersReceived;
  }

  public void received(long bytes, long ofHeaders) {
    received = bytes;
    headersReceived = ofHeaders;
  }

  /// All bytes, interim responses and framing included.
  public long sent() {
    return sent;
  }

  /// HTTP/1.1: the lines of the head that left, without the first one. HTTP/2: as received.
  public long headersSent() {
    return headersSent;
  }

  public void sent(long bytes, long ofHeaders) {
    sent = bytes;
    headersSent = ofHeaders;
  }

  void reset() {
    received = 0;
    headersReceived = 0;
    sent = 0;
    headersSent = 0;
  }
}
