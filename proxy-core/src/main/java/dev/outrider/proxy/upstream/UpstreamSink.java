package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.stream.WireBytes;
import dev.outrider.proxy.tls.TlsInfo;
import org.jspecify.annotations.Nullable;

/// Takes what comes back from one attempt. Unlike with other sinks, heads and trailers are *taken*:
/// the sink has them released when the exchange is over. A response that ends before its request
/// has ended ends the stream all the same.
public interface UpstreamSink extends MessageSink {
  /// The attempt has a connection; comes before anything of the response, if it comes at all.
  ///
  /// @param connectionId unique in the process
  /// @param connectBegunNanos when that connection was begun, maybe for an earlier attempt
  /// @param connectedNanos when it was there
  default void onConnected(
      HostPort localAddress, long connectionId, long connectBegunNanos, long connectedNanos) {}

  /// How the connection of the attempt is secured; comes right before [#onConnected], if it is.
  default void onSecured(TlsInfo tls) {}

  /// Where what the attempt cost on the wire is put when it ends; null if nobody asks.
  default @Nullable WireBytes wire() {
    return null;
  }
}
