package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.http2.Http2Error;
import dev.outrider.proxy.http2.Http2Stream;
import dev.outrider.proxy.http2.Http2StreamSink;
import dev.outrider.proxy.stream.WireBytes;
import dev.outrider.proxy.tls.TlsInfo;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One attempt on an [Http2UpstreamConnection]: the request goes to a stream of it, what the stream
/// receives is the response. Recycled by its loop as soon as the attempt is over.
final class Http2ClientStream implements StreamCarrier {
  private final Upstreams home;
  private final Response response = new Response();
  private @Nullable Http2UpstreamConnection connection;
  private @Nullable UpstreamStream attempt;
  private @Nullable Http2Stream stream;
  private boolean held;

  /// The request is an upgrade to this, which goes out as an extended CONNECT.
  private @Nullable String upgrade;

  Http2ClientStream(Upstreams home) {
    this.home = home;
  }

  void start(Http2UpstreamConnection newConnection, UpstreamStream newAttempt) {
    assert attempt == null : "carrier reused";
    connection = newConnection;
    attempt = newAttempt;
    held = false;
    upgrade = null;
    newAttempt.attach(this);
  }

  @Override
  public HostPort localAddress() {
    return connection().localAddress();
  }

  @Override
  public long connectionId() {
    return connection().connectionId();
  }

  @Override
  public long connectBegunNanos() {
    return connection().connectBegunNanos();
  }

  @Override
  public @Nullable TlsInfo tls() {
    return connection().tls();
  }

  @Override
  public long connectedNanos() {
    return connection().connectedNanos();
  }

  private Http2UpstreamConnection connection() {
    return Objects.requireNonNull(connection, "the attempt is over");
  }

  // ---- the request

  /// The stream begins here and not before: ids must ascend in the order of the heads.
  @Override
  public void onHead(HeaderMap head, boolean end) {
    var opened = connection().open(response);
    stream = opened;
    if (held) {
      opened.hold(Hold.SINK);
    }
    if (end || Tunnel.asked(head) == Tunnel.NONE) {
      opened.onHead(head, end);
    } else {
      openTunnel(opened, head);
    }
    if (!opened.writable()) {
      response.onWritable(false);
    }
  }

  /// As Envoy, whether or not the service has offered extended CONNECT (RFC 8441 3): it may not
  /// have said yet, and one that knows nothing of it resets the stream.
  private void openTunnel(Http2Stream opened, HeaderMap head) {
    var connect = head.copy();
    upgrade = Tunnel.upgradeToConnect(connect);
    opened.onHead(connect, false);
    connect.release();
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (stream == null) {
      chunk.release();
    } else {
      stream.onBody(chunk, end);
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (stream != null) {
      stream.onTrailers(trailers);
    }
  }

  @Override
  public void onReset(ResetReason why) {
    abandon();
  }

  @Override
  public void measure(WireBytes wire) {
    var open = stream;
    if (open != null) {
      wire.received(open.bytesReceived(), open.headBytesReceived());
      wire.sent(open.bytesSent(), open.headBytesSent());
    }
  }

  @Override
  public void abandon() {
    if (attempt != null) {
      connection().counts.streamReset(ResetReason.LOCAL_RESET);
      finish(true);
    }
  }

  // ---- flow control of the response

  @Override
  public void holdResponse() {
    held = true;
    if (stream != null) {
      stream.hold(Hold.SINK);
    }
  }

  @Override
  public void releaseResponse() {
    held = false;
    if (stream != null) {
      stream.release(Hold.SINK);
    }
  }

  /// Lets go of the stream, which ends by itself or is reset if a message is incomplete.
  private void finish(boolean reset) {
    var carrier = connection();
    var open = stream;
    connection = null;
    attempt = null;
    stream = null;
    if (open != null) {
      open.done();
    }
    carrier.ended(open != null, reset);
    home.giveBack(this);
  }

  /// What the stream receives. Nothing comes after [#finish].
  private final class Response implements Http2StreamSink {
    @Override
    public void onInformational(HeaderMap head) {
      attempt().deliverInformational(head);
      head.release();
    }

    @Override
    public void onHead(HeaderMap head, boolean end) {
      if (upgrade != null) {
        Tunnel.connectedToUpgraded(head, upgrade);
      }
      attempt().deliverHead(head, end);
      finishAt(end);
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      attempt().deliverBody(chunk, end);
      finishAt(end);
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      attempt().deliverTrailers(trailers);
      finishAt(true);
    }

    /// The attempt lets its carrier go before it delivers the end, so nobody has abandoned it.
    private void finishAt(boolean end) {
      if (end) {
        finish(false);
      }
    }

    @Override
    public void onReset(ResetReason why, Http2Error error, String details) {
      var reason = why == ResetReason.CONNECTION_TERMINATION ? connection().ending() : why;
      connection().counts.streamReset(reason);
      attempt().fail(reason, "");
      finish(true);
    }

    /// Too much of the request is waiting: its source is held back.
    @Override
    public void onWritable(boolean writable) {
      connection()
          .counts
          .cluster()
          .inc(
              writable
                  ? ClusterStats.UPSTREAM_FLOW_CONTROL_DRAINED_TOTAL
                  : ClusterStats.UPSTREAM_FLOW_CONTROL_BACKED_UP_TOTAL);
      attempt().requestWritable(writable);
    }

    private UpstreamStream attempt() {
      return Objects.requireNonNull(attempt, "the attempt is over");
    }
  }
}
