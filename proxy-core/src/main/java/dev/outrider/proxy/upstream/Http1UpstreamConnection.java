package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Http1Limits;
import dev.outrider.proxy.http.Http1Syntax;
import dev.outrider.proxy.http.Http1Writer;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.stream.WireBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One HTTP/1.1 connection to an endpoint: carries one attempt after the other. Owned by the loop
/// of its pool. Its reading half is [Http1ResponseReader].
///
/// It is used again only if both messages were complete and nobody objected (`connection: close`,
/// HTTP/1.0, a body that ends with the connection, the request limit); a byte that nobody asked for
/// closes it.
final class Http1UpstreamConnection extends UpstreamConnection implements StreamCarrier {
  private static final int RESUME_READING = 1;
  private static final byte[] HEAD_METHOD = "HEAD".getBytes(StandardCharsets.US_ASCII);

  private final Http1ResponseReader reader;
  private final Runnable flush = this::flush;
  private @Nullable Http1Writer writer;
  private boolean busy;
  private Tunnel tunnel = Tunnel.NONE;
  private long writtenBefore;
  private long headersBefore;
  private boolean flushAsked;

  Http1UpstreamConnection(EndpointPool pool) {
    super(pool, HttpVersion.HTTP1);
    this.reader = new Http1ResponseReader(this, home.heads(), counts.cluster(), syntax());
  }

  /// Goes on with what has been begun.
  Http1UpstreamConnection(UpstreamConnection begun) {
    super(begun, HttpVersion.HTTP1);
    this.reader = new Http1ResponseReader(this, home.heads(), counts.cluster(), syntax());
  }

  private Http1Syntax syntax() {
    var configured = options().limits();
    var defaults = Http1Limits.RESPONSE;
    var limits =
        new Http1Limits(
            configured.responseHeadBytes() == 0
                ? defaults.headBytes()
                : configured.responseHeadBytes(),
            configured.responseHeaders(),
            defaults.chunkExtensionBytes());
    return new Http1Syntax("http", limits, options().http1(), UnderscoreNames.ALLOW);
  }

  // ---- life

  @Override
  void onOpen(Channel opened) {
    writer = new Http1Writer(opened.alloc(), this::write, options().http1());
  }

  @Override
  int capacity() {
    return connecting() || (open() && !busy) ? 1 : 0;
  }

  @Override
  boolean busy() {
    return busy;
  }

  @Override
  void drain() {
    if (!busy) {
      close();
    }
  }

  @Override
  void onPeerClosed() {
    reader.onPeerClosed();
  }

  /// The peer has closed a connection that carries nothing.
  void onClosedByPeer() {
    if (open()) {
      destroy(true, false);
    }
  }

  @Override
  void fail(ResetReason why, String detail, boolean byPeer) {
    var failed = reader.stream();
    if (failed != null) { // Envoy counts resets of streams for HTTP/2 only
      failed.fail(why, detail);
    }
    destroy(byPeer, failed != null);
  }

  @Override
  void onDestroyed() {
    busy = false;
    reader.close();
    if (writer != null) {
      writer.close();
    }
  }

  // ---- the request

  @Override
  void begin(UpstreamStream stream) {
    busy = true;
    writtenBefore = writer().messageBytes();
    headersBefore = writer().headerBytes();
    reader.carry(stream);
    stream.attach(this);
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    var method = head.find(HeaderNames.METHOD);
    tunnel = end ? Tunnel.NONE : Tunnel.asked(head);
    reader.expect(method >= 0 && head.valueEquals(method, HEAD_METHOD), tunnel);
    writer().requestHead(head, end);
    flushLater();
    if (!channel().isWritable()) {
      onWritable(false);
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (!busy) {
      chunk.release();
    } else {
      written(writer().body(chunk, end));
      if (end && tunnel != Tunnel.NONE) {
        endOutput();
      }
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (tunnel != Tunnel.NONE) { // which ends with its bytes
      onBody(Unpooled.EMPTY_BUFFER, true);
    } else if (busy && !options().http1().enableTrailers()) {
      written(writer().body(Unpooled.EMPTY_BUFFER, true));
    } else if (busy) {
      written(writer().trailers(trailers));
    }
  }

  /// The client has said all it has to say; the other direction of a tunnel goes on.
  private void endOutput() {
    if (busy) {
      writer().flush();
      channel()
          .writeAndFlush(Unpooled.EMPTY_BUFFER) // shutting down discards what has not left
          .addListener(
              done -> {
                if (done.isSuccess()) {
                  OutputEnd.end(channel());
                }
              });
    }
  }

  private void written(boolean fits) {
    if (fits) {
      flushLater();
    } else {
      fail(ResetReason.PROTOCOL_ERROR, "request body does not fit its content-length", false);
    }
  }

  @Override
  public void onReset(ResetReason why) {
    abandon();
  }

  @Override
  public void abandon() {
    destroy(false, true);
  }

  @Override
  public void measure(WireBytes wire) {
    wire.received(reader.messageBytes(), reader.headerBytes());
    wire.sent(writer().messageBytes() - writtenBefore, writer().headerBytes() - headersBefore);
  }

  private void flushLater() {
    if (!flushAsked) {
      flushAsked = true;
      home.loop().turn().flushLater(flush);
    }
  }

  private void flush() {
    flushAsked = false;
    if (open()) {
      writer().flush();
      flushNow();
    }
  }

  @Override
  void onWritable(boolean writable) {
    var stream = reader.stream();
    if (stream != null) {
      counts
          .cluster()
          .inc(
              writable
                  ? ClusterStats.UPSTREAM_FLOW_CONTROL_DRAINED_TOTAL
                  : ClusterStats.UPSTREAM_FLOW_CONTROL_BACKED_UP_TOTAL);
      stream.requestWritable(writable);
    }
  }

  // ---- the response

  @Override
  public void holdResponse() {
    reader.hold();
  }

  @Override
  public void releaseResponse() {
    reader.release();
    home.loop().turn().post(this, RESUME_READING);
  }

  /// The response is complete and delivered: the connection becomes available, or goes.
  void onResponseDone() {
    if (!busy) {
      return;
    }
    var worn = requestsLeft() == 0;
    if (worn) {
      counts.cluster().inc(ClusterStats.UPSTREAM_CX_MAX_REQUESTS);
    }
    if (reader.reusable() && !worn && !old()) {
      busy = false;
      reader.rest(channel());
      pool.onAvailable(this);
    } else {
      destroy(false, reader.cutShort());
    }
  }

  @Override
  void onBytes(ByteBuf bytes) {
    reader.read(bytes, channel());
  }

  @Override
  void onPosted(int signal) {
    reader.resume(channel());
  }

  private Http1Writer writer() {
    return Objects.requireNonNull(writer, "not connected yet");
  }
}
