package dev.outrider.proxy.downstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.http2.Http2Error;
import dev.outrider.proxy.http2.Http2Stream;
import dev.outrider.proxy.http2.Http2StreamSink;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.WireBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// One exchange on one stream of HTTP/2: carries the response of an [HttpStream] that it owns, and
/// brings it the request. Recycled by [Http2Service].
final class Http2ServerStream implements StreamTransport {
  private static final byte[] HEAD = "HEAD".getBytes(US_ASCII);
  private static final byte[] CONNECT = "CONNECT".getBytes(US_ASCII);
  private static final byte[] CONTINUE = "100-continue".getBytes(US_ASCII);
  private static final long UNKNOWN = -1;

  private final HttpChain chain;
  private final HttpStream stream;
  private final Request request = new Request();
  private @Nullable Http2DownstreamConnection connection;
  private @Nullable Http2Stream carrier;
  private long startNanos;
  private boolean toHead;
  private boolean answered;

  /// The request was an extended CONNECT.
  private boolean extended;

  /// The request was a CONNECT of either kind.
  private boolean connect;

  /// Nothing may follow the head of the response but its end.
  private boolean bodyless;

  /// What `content-length` of the response still promises.
  private long remaining;

  Http2ServerStream(HttpChain chain) {
    this.chain = chain;
    this.stream = new HttpStream(chain, this);
  }

  /// The client begins a request.
  Http2StreamSink start(Http2DownstreamConnection on, Http2Stream newCarrier, long streamId) {
    connection = on;
    carrier = newCarrier;
    toHead = false;
    answered = false;
    extended = false;
    connect = false;
    bodyless = false;
    remaining = UNKNOWN;
    startNanos = chain.context().loop().clock().nanoTime();
    on.startStream(stream, streamId, startNanos);
    return request;
  }

  private Http2Stream carrier() {
    var current = carrier;
    if (current == null) {
      throw new IllegalStateException("stream used after its end");
    }
    return current;
  }

  // ---- the response

  @Override
  public void onInformational(HeaderMap head) {
    carrier().onInformational(head);
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    answered = true;
    var status = head.status();
    if (connection != null) {
      connection.onResponse();
    }
    bodyless = toHead || status == 204 || status == 304;
    var length = head.find(HeaderNames.CONTENT_LENGTH);
    remaining = length < 0 || bodyless ? UNKNOWN : head.valueAsLong(length);
    if (end && remaining > 0) {
      head.remove(HeaderNames.CONTENT_LENGTH); // there is none of what it promises
    }
    if (extended && stream.tunnel().opens(head)) {
      openTunnel(head, end);
    } else {
      carrier().onHead(head, end);
    }
  }

  /// RFC 8441 5: what opens the tunnel is a 200; the access log keeps the 101.
  private void openTunnel(HeaderMap head, boolean end) {
    var opened = head.copy();
    opened.setStatus(200);
    opened.remove(HeaderNames.UPGRADE);
    opened.remove(HeaderNames.CONNECTION);
    carrier().onHead(opened, end);
    opened.release();
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (bodyless) {
      chunk.release();
      if (end) {
        carrier().onBody(Unpooled.EMPTY_BUFFER, true);
      }
    } else if (fits(chunk.readableBytes(), end)) {
      carrier().onBody(chunk, end);
    } else {
      chunk.release();
      stream.onLengthMismatch();
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (remaining > 0) {
      stream.onLengthMismatch();
    } else {
      carrier().onTrailers(trailers);
    }
  }

  private boolean fits(int bytes, boolean end) {
    if (remaining == UNKNOWN) {
      return true;
    }
    remaining -= bytes;
    return remaining >= 0 && (!end || remaining == 0);
  }

  /// The end of a tunnel, which has no other, is a reset of its own kind (RFC 9113 8.5).
  @Override
  public void onReset(ResetReason why) {
    carrier().onReset(connect ? ResetReason.CONNECT_ERROR : why);
  }

  /// As the rest of the request costs its stream only, the connection goes on.
  @Override
  public void endAfterResponse() {}

  @Override
  public boolean writable() {
    return carrier().writable();
  }

  @Override
  public void flushMillis(long millis) {
    carrier().flushMillis(millis);
  }

  @Override
  public boolean sent() {
    return carrier().sent();
  }

  @Override
  public void measure(WireBytes wire) {
    var current = carrier();
    wire.received(current.bytesReceived(), current.headBytesReceived());
    wire.sent(current.bytesSent(), current.headBytesSent());
  }

  @Override
  public void hold(Hold cause) {
    carrier().hold(cause);
  }

  @Override
  public void release(Hold cause) {
    carrier().release(cause);
  }

  @Override
  public void onStreamDone() {
    var from = connection;
    carrier().done();
    carrier = null;
    connection = null;
    chain.http2().giveBack(this);
    if (from != null) {
      from.onStreamDone(answered, startNanos);
    }
  }

  // ---- the request

  /// The request, as it comes out of the connection.
  private final class Request implements Http2StreamSink {
    @Override
    public void onInformational(HeaderMap head) {
      throw new IllegalStateException("no request begins with an interim head");
    }

    @Override
    public void onHead(HeaderMap head, boolean end) {
      var method = head.find(HeaderNames.METHOD);
      toHead = method >= 0 && head.valueEquals(method, HEAD);
      connect = method >= 0 && head.valueEquals(method, CONNECT);
      Tunnel.connectToUpgrade(head);
      extended = head.contains(HeaderNames.UPGRADE); // which no other request here has
      var expect = head.find(HeaderNames.EXPECT);
      if (expect >= 0 && head.valueEqualsIgnoreCase(expect, CONTINUE)) {
        head.remove(HeaderNames.EXPECT);
        goOn();
      }
      stream.onHead(head, end);
    }

    /// `100 Continue`, as Envoy past all filters.
    private void goOn() {
      var interim = chain.context().heads().take(HeadKind.RESPONSE);
      interim.setStatus(100);
      carrier().onInformational(interim);
      interim.release();
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      stream.onBody(chunk, end);
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      stream.onTrailers(trailers);
    }

    @Override
    public void onReset(ResetReason why, Http2Error error, String details) {
      switch (why) {
        case CONNECTION_TERMINATION -> stream.onReset(why);
        case PROTOCOL_ERROR -> stream.onReset(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR, details);
        case LOCAL_RESET,
            LOCAL_REFUSED,
            REMOTE_RESET,
            REMOTE_REFUSED,
            LOCAL_CONNECTION_FAILURE,
            REMOTE_CONNECTION_FAILURE,
            CONNECTION_TIMEOUT,
            OVERFLOW,
            CONNECT_ERROR,
            OVERLOAD,
            PREMATURE_HALF_CLOSE ->
            stream.onReset(ResponseFlag.DOWNSTREAM_REMOTE_RESET, details);
      }
    }

    @Override
    public void onSent() {
      stream.onSent();
    }

    @Override
    public void onWritable(boolean writable) {
      stream.onWritable(writable);
    }
  }
}
