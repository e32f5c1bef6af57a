package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.stream.WireBytes;
import dev.outrider.proxy.tls.TlsInfo;
import org.jspecify.annotations.Nullable;

/// What carries an attempt once there is a connection: the connection itself (HTTP/1.1) or one
/// stream of it (HTTP/2). Takes the request, and delivers the response through the `deliver*`
/// methods of [UpstreamStream].
interface StreamCarrier extends MessageSink {
  HostPort localAddress();

  long connectionId();

  /// When the connection was begun, and when it was there: of the loop's clock.
  long connectBegunNanos();

  long connectedNanos();

  /// How its connection is secured; null = not at all.
  @Nullable TlsInfo tls();

  /// States what the attempt cost on the wire so far.
  void measure(WireBytes wire);

  void holdResponse();

  /// Never delivers from inside the call.
  void releaseResponse();

  /// The attempt is given up and must not be delivered to any more.
  void abandon();
}
