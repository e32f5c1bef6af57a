package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.http.hpack.FieldLimits;
import dev.outrider.proxy.http2.Http2Connection;
import dev.outrider.proxy.http2.Http2ConnectionSpec;
import dev.outrider.proxy.http2.Http2Error;
import dev.outrider.proxy.http2.Http2Failure;
import dev.outrider.proxy.http2.Http2Role;
import dev.outrider.proxy.http2.Http2Stats;
import dev.outrider.proxy.http2.Http2Stream;
import dev.outrider.proxy.http2.Http2StreamSink;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// One HTTP/2 connection to an endpoint: carries as many attempts at once as both sides allow, each
/// as an [Http2ClientStream]. Owned by the loop of its pool.
///
/// It takes no further attempts after a GOAWAY of the peer, after the last request that the options
/// allow, or when its pool is drained; it closes then as soon as it carries nothing.
final class Http2UpstreamConnection extends UpstreamConnection implements Http2Role {
  private static final int SETTLE = 1;

  /// Envoy's `max_response_headers_kb`.
  private static final int HEAD_BYTES = 60 * 1024;

  /// How long the rest of a request may wait for a peer that has answered already.
  private static final long FLUSH_MILLIS = 300_000;

  private @Nullable Http2Connection http2;
  private ResetReason ending = ResetReason.CONNECTION_TERMINATION;
  private int carried;
  private int unopened;
  private int resets;
  private boolean leaving;
  private boolean settling;

  Http2UpstreamConnection(EndpointPool pool) {
    super(pool, HttpVersion.HTTP2);
  }

  /// Goes on with what has been begun.
  Http2UpstreamConnection(UpstreamConnection begun) {
    super(begun, HttpVersion.HTTP2);
  }

  // ---- life

  @Override
  void onOpen(Channel opened) {
    var limits = options().limits();
    var connection =
        new Http2Connection(
            new Http2ConnectionSpec(
                true,
                options().http2(),
                new FieldLimits(
                    limits.responseHeaders(),
                    limits.responseHeadBytes() == 0 ? HEAD_BYTES : limits.responseHeadBytes(),
                    options().http2().headerFieldBytes()),
                UnderscoreNames.ALLOW,
                pool.bufferLimit(),
                FLUSH_MILLIS,
                home.loop(),
                home.heads(),
                opened.alloc(),
                home.http2Streams(),
                pool.cluster()
                    .shared()
                    .stats(Http2Stats.TEMPLATE, "http2")
                    .cells(home.loop().index()),
                home.random()),
            this);
    http2 = connection;
    connection.start();
  }

  @Override
  int capacity() {
    if (connecting()) {
      var most = Math.min(options().http2().concurrentStreams(), pool.streamsAllowed());
      return Math.min(Math.max(1, most), requestsLeft());
    }
    return leaving || http2 == null || !open()
        ? 0
        : Math.min(Math.max(0, http2.available() - unopened), requestsLeft());
  }

  @Override
  boolean busy() {
    return carried > 0;
  }

  @Override
  void begin(UpstreamStream stream) {
    carried++;
    unopened++;
    home.takeCarrier().start(this, stream);
    if (requestsLeft() == 0) {
      counts.cluster().inc(ClusterStats.UPSTREAM_CX_MAX_REQUESTS);
      drain();
    }
  }

  @Override
  void drain() {
    leaving = true;
    if (carried == 0) {
      close();
    }
  }

  @Override
  void onPeerClosed() {
    if (open()) {
      destroy(true, carried > 0);
    }
  }

  @Override
  void fail(ResetReason why, String detail, boolean byPeer) {
    ending = why;
    destroy(byPeer, carried > 0);
  }

  @Override
  void onDestroyed() {
    leaving = true;
    if (http2 != null) {
      http2.close(); // tells what is carried
    }
  }

  // ---- for the attempts it carries

  Http2Stream open(Http2StreamSink sink) {
    if (http2 == null) {
      throw new IllegalStateException("not connected yet");
    }
    unopened--;
    return http2.open(sink);
  }

  /// Why an attempt ends with its connection.
  ResetReason ending() {
    return ending;
  }

  /// An attempt is over.
  ///
  /// @param opened it had got as far as [#open]
  void ended(boolean opened, boolean reset) {
    carried--;
    unopened -= opened ? 0 : 1;
    resets += reset ? 1 : 0;
    settle();
  }

  /// What follows from a change is worked out with nobody on the stack.
  private void settle() {
    if (!settling && open()) {
      settling = true;
      home.loop().turn().post(this, SETTLE);
    }
  }

  @Override
  void onPosted(int signal) {
    settling = false;
    resets = 0;
    if (leaving) {
      pool.onUnavailable();
      if (carried == 0) {
        close();
      }
    } else {
      pool.onAvailable(this);
    }
  }

  // ---- the transport

  @Override
  void onBytes(ByteBuf bytes) {
    if (http2 == null) {
      bytes.release();
    } else {
      http2.read(bytes);
    }
  }

  @Override
  void onWritable(boolean writable) {
    if (http2 != null && open()) {
      http2.onWritable(writable);
    }
  }

  @Override
  public void flush() {
    flushNow();
  }

  @Override
  public long unsentBytes() {
    var buffer = channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  public boolean writable() {
    return channel().isWritable();
  }

  // ---- what the connection core tells

  /// Servers do not open streams; the core has refused it before.
  @Override
  public Http2StreamSink onStream(Http2Stream stream) {
    throw new IllegalStateException("a server has opened a stream");
  }

  @Override
  public void onStreamClosed() {
    settle();
  }

  @Override
  public void onGoAway(int lastStreamId, Http2Error error) {
    counts.cluster().inc(ClusterStats.UPSTREAM_CX_CLOSE_NOTIFY);
    leaving = true;
    settle();
  }

  @Override
  public void onSettings() {
    if (http2 != null) {
      pool.allows(http2.available() + http2.active());
    }
    settle();
  }

  /// The connection is never drained by a GOAWAY of ours: a client just opens no more streams.
  @Override
  public void onDrained() {
    close();
  }

  @Override
  public void onFailed(Http2Failure failure, String details) {
    switch (failure) {
      case PROTOCOL, FLOOD -> counts.cluster().inc(ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
      case KEEPALIVE, INTERNAL -> {}
    }
    channel().flush(); // the GOAWAY
    destroy(false, resets > 0);
  }
}
