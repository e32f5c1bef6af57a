package dev.outrider.proxy.upstream;

import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.tls.TlsInfo;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// A connection on its way to an endpoint that chooses by ALPN which version of HTTP is spoken.
/// Ends with its handshake: who speaks that version takes its place. Owned by the loop of its pool.
///
/// As in Envoy it is expected to carry as many requests as HTTP/2 would; if that is wrong, the pool
/// connects again for those that wait.
final class NegotiatedConnection extends UpstreamConnection {
  NegotiatedConnection(EndpointPool pool) {
    super(pool, null);
  }

  @Override
  UpstreamConnection decided(@Nullable TlsInfo secured) {
    if (secured != null && secured.alpn().equals("h2")) {
      return new Http2UpstreamConnection(this);
    }
    pool.allows(1);
    return new Http1UpstreamConnection(this);
  }

  @Override
  int capacity() {
    var most = Math.min(options().http2().concurrentStreams(), pool.streamsAllowed());
    return connecting() ? Math.min(Math.max(1, most), requestsLeft()) : 0;
  }

  @Override
  void drain() {
    close();
  }

  @Override
  void onOpen(Channel opened) {
    throw new IllegalStateException("somebody else speaks on it");
  }

  @Override
  void begin(UpstreamStream stream) {
    throw new IllegalStateException("not connected yet");
  }

  @Override
  boolean busy() {
    return false;
  }

  @Override
  void onBytes(ByteBuf bytes) {
    bytes.release();
  }

  /// The end of the handshake tells it.
  @Override
  void onPeerClosed() {}

  @Override
  void onWritable(boolean writable) {}

  @Override
  void onPosted(int signal) {}

  @Override
  void onDestroyed() {}

  @Override
  void fail(ResetReason why, String detail, boolean byPeer) {
    destroy(byPeer, false);
  }
}
