package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.stream.WireBytes;

/// What carries one exchange to its client: a connection (HTTP/1.1) or one stream of it (HTTP/2).
/// Takes the response, is held back as the source of the request. A transport whose client is gone
/// takes everything and does nothing.
interface StreamTransport extends MessageSink, FlowControl {
  /// What follows of the request is of no interest: the connection cannot be used for another one.
  /// To be called before the head of the response.
  void endAfterResponse();

  /// False while too much is unwritten; a change is told by [HttpStream#onWritable].
  boolean writable();

  /// How long the client may take nothing of the end of the response, in milliseconds; 0 = any
  /// time, -1 = as usual. HTTP/1.1 has one patience for all its responses.
  default void flushMillis(long millis) {}

  /// Whether all that it was given has been sent, or never will be. If not, [HttpStream#onSent]
  /// tells when.
  default boolean sent() {
    return true;
  }

  /// States what the exchange cost on the wire, before its access log is written. It may not have
  /// left yet.
  void measure(WireBytes wire);

  /// The exchange is over, its access log written, its heads released.
  void onStreamDone();
}
