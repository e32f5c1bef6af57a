package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HopByHop;
import dev.outrider.proxy.http.Http1Writer;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.http.RequestHeadCheck;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.WireFields;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.overload.LoadShedPoint;
import dev.outrider.proxy.overload.TimeoutScaling;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.Protocol;
import dev.outrider.proxy.stream.WireBytes;
import dev.outrider.proxy.upstream.UnsentBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server side of one HTTP/1.1 connection: one exchange after the other, what is written in one
/// turn leaving in one flush. Owned by one worker. Its reading half is [Http1RequestReader].
final class Http1DownstreamConnection extends ChannelInboundHandlerAdapter
    implements StreamTransport, ServedConnection {
  private enum State {
    OPEN,
    /// The last response is out; what still comes is thrown away until the client or a timer
    /// closes.
    LINGERING,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger("http");
  private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEAD_METHOD = "HEAD".getBytes(StandardCharsets.US_ASCII);

  private final HttpChain chain;
  private final Loop loop;
  private final Channel channel;
  private final ConnectionInfo info;
  private final HttpStream stream;
  private final Http1RequestReader reader;
  private final Http1Writer writer;
  private final UnsentBytes unsent;
  private final Timer timer;
  private final ConnectionAge age;
  private final Runnable flush = this::flush;
  private final long startNanos;
  private State state = State.OPEN;
  private long requests;
  private boolean awaitsHead;
  private long headBegunNanos;
  private long headerBytes;
  private long writtenBefore;
  private long headersBefore;
  private boolean toHead;
  private boolean closeAfterResponse;
  private boolean tunnel;
  private boolean partsAtOnce;
  private boolean flushAsked;

  /// Nothing is waited for: the connection is closed when everything has left.
  private boolean closing;

  /// The next response is the last.
  private boolean old;

  /// Runs once the connection is old.
  private @Nullable Timer ending;

  /// Runs while it lingers.
  private @Nullable DelayedClose delayed;

  /// @param startNanos when the connection was accepted
  Http1DownstreamConnection(
      HttpChain chain, Channel channel, ConnectionInfo info, long startNanos) {
    this.chain = chain;
    this.channel = channel;
    this.info = info;
    this.loop = chain.context().loop();
    this.stream = new HttpStream(chain, this);
    this.reader = new Http1RequestReader(this, chain, channel, stream);
    this.writer = new Http1Writer(channel.alloc(), this::write, chain.http().http1());
    this.unsent =
        new UnsentBytes(channel, loop.timers(), chain.httpCells(), HttpStats.CX_TX_BYTES_BUFFERED);
    this.timer = loop.timers().newTimer(this::onTimer);
    this.startNanos = startNanos;
    this.age = new ConnectionAge(chain, startNanos, this::onOld);
    chain.opened(this);
    chain.counts().http1Opened();
    rest();
  }

  // ---- the request

  /// The first bytes of a request have come, but not all of its head.
  void onHeadBegun() {
    awaitsHead = true;
    headBegunNanos = loop.clock().nanoTime();
    var millis = chain.headMillis();
    if (millis > 0) {
      timer.arm(millis);
    }
  }

  /// *Takes* the head.
  void onRequest(HeaderMap head, boolean end) {
    timer.cancel();
    requests++;
    closeAfterResponse = !reader.keepAlive();
    tunnel = false;
    partsAtOnce = false;
    var method = head.find(HeaderNames.METHOD);
    toHead = method >= 0 && head.valueEquals(method, HEAD_METHOD);
    writer.answerHttp10(reader.http10());
    startStream(reader.http10() ? Protocol.HTTP_1_0 : Protocol.HTTP_1_1);
    headerBytes = WireFields.bytes(head);
    var refusal = HopByHop.request(head, reader.upgrade());
    if (refusal == null && !RequestHeadCheck.authorityFits(head)) {
      refusal = MessageError.INVALID_AUTHORITY;
    }
    if (refusal != null) {
      head.release(); // to Envoy, whose codec finds it out, there was none
      chain.httpCells().inc(HttpStats.CX_PROTOCOL_ERROR);
      stream.onRefused(null, end, refusal);
      return;
    }
    if (reader.expectContinue() && !chain.http().requests().proxyContinue()) {
      writer.continue100();
      chain.counts().responded(100);
      flushLater();
      head.remove(HeaderNames.EXPECT);
    }
    if (chain.context().overload().sheds(LoadShedPoint.HTTP1_SERVER_ABORT_DISPATCH)) {
      head.release(); // to Envoy, whose codec does it, there was none
      closeAfterResponse = true;
      stream.refusals().onAborted();
      return;
    }
    stream.onHead(head, end);
  }

  /// The bytes make no sense from here on.
  void onGarbled(MessageError error) {
    chain.httpCells().inc(HttpStats.CX_PROTOCOL_ERROR);
    timer.cancel();
    closeAfterResponse = true;
    if (stream.idle()) {
      writer.answerHttp10(false);
      startStream(Protocol.HTTP_1_1);
      stream.onRefused(null, false, error);
    } else {
      stream.refusals().refuse(error);
    }
  }

  private void startStream(Protocol protocol) {
    var now = loop.clock().nanoTime();
    var begun = awaitsHead ? headBegunNanos : now;
    awaitsHead = false;
    var id =
        (info.id() << 24)
            | (requests & 0xffffff); // unique in the process, since the connection's is
    headerBytes = 0;
    writtenBefore = writer.messageBytes();
    headersBefore = writer.headerBytes();
    stream.start(info, id, begun, now, protocol);
  }

  @Override
  public void hold(Hold cause) {
    reader.hold(cause);
  }

  @Override
  public void release(Hold cause) {
    reader.release(cause);
  }

  // ---- the response

  @Override
  public void endAfterResponse() {
    closeAfterResponse = true;
  }

  @Override
  public boolean writable() {
    return channel.isWritable();
  }

  @Override
  public void onInformational(HeaderMap head) {
    if (state == State.OPEN) {
      writer.informational(head);
      flushLater();
    }
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    if (state != State.OPEN) {
      return;
    }
    if (stream.tunnel().opens(head, end)) {
      tunnel = true;
      closeAfterResponse = true;
      writer.tunnelHead(head);
      flushLater();
      return;
    }
    // As Envoy: the rest of the request is not waited for once the response is complete, and the
    // client is told so.
    closeAfterResponse |= !stream.requestEnded();
    // And: an old client knows the end of an answer by its length or by that of the connection.
    var lasts =
        reader.keepAlive() && (!reader.http10() || head.contains(HeaderNames.CONTENT_LENGTH));
    closeAfterResponse |= !lasts;
    partsAtOnce = !lasts && stream.requestEnded() && stream.forwarded();
    closeAfterResponse |= old;
    if (!closeAfterResponse && chain.endsConnection()) {
      closeAfterResponse = true;
    }
    var most = chain.http().limits().requestsPerConnection();
    if (most > 0 && requests >= most && !closeAfterResponse) {
      chain.httpCells().inc(HttpStats.CX_MAX_REQUESTS_REACHED);
      closeAfterResponse = true;
    }
    if (closeAfterResponse) {
      head.set(HeaderNames.CONNECTION, CLOSE, 0, CLOSE.length); // for the log: the writer adds it
    }
    writer.responseHead(head, end, toHead, closeAfterResponse);
    flushLater();
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (state != State.OPEN) {
      chunk.release();
    } else if (writer.body(chunk, end)) {
      flushLater();
    } else {
      stream.onLengthMismatch();
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (state != State.OPEN) {
      return;
    }
    if (!chain.http().http1().enableTrailers()) {
      onBody(Unpooled.EMPTY_BUFFER, true);
    } else if (writer.trailers(trailers)) {
      flushLater();
    } else {
      stream.onLengthMismatch();
    }
  }

  /// The response cannot be completed: closing is how the client learns it. That happens when the
  /// stream is done, behind the last bytes that came from the far end.
  @Override
  public void onReset(ResetReason why) {
    closeAfterResponse = true;
    partsAtOnce = !tunnel;
  }

  @Override
  public void measure(WireBytes wire) {
    wire.received(reader.messageBytes(), headerBytes);
    wire.sent(writer.messageBytes() - writtenBefore, writer.headerBytes() - headersBefore);
  }

  @Override
  public void onStreamDone() {
    if (state == State.CLOSED) {
      chain.closed(this);
    } else if (closeAfterResponse || !reader.complete()) {
      closeGracefully();
    } else {
      toHead = false; // of a request that may make no sense, nothing is known but that
      rest();
      reader.next();
    }
  }

  private void write(ByteBuf bytes) {
    chain.httpCells().add(HttpStats.CX_TX_BYTES_TOTAL, bytes.readableBytes());
    channel.write(bytes, channel.voidPromise());
  }

  private void flushLater() {
    if (!flushAsked) {
      flushAsked = true;
      loop.turn().flushLater(flush);
    }
  }

  private void flush() {
    flushAsked = false;
    if (state != State.CLOSED) {
      writer.flush();
      channel.flush();
      unsent.look();
    }
  }

  // ---- the end

  /// The connection has lived long enough.
  private void onOld() {
    old = true;
    var timeouts = chain.http().timeouts();
    if (timeouts.http1EndsWithResponse()) {
      chain.httpCells().inc(HttpStats.CX_HTTP1_SOFT_DRAIN);
    } else {
      ending = loop.timers().newTimer(this::onEnding);
      ending.arm(Math.max(1, timeouts.drainMillis()));
    }
  }

  /// And no request came for it to end with.
  private void onEnding() {
    if (state == State.OPEN && stream.idle() && reader.quiet()) {
      closeGracefully();
    } else {
      closeAfterResponse = true;
    }
  }

  /// Between exchanges.
  private void rest() {
    var millis = chain.restMillis();
    if (millis > 0) {
      timer.arm(millis);
    }
  }

  /// Everything written leaves first. The client gets time to read the answer and to close: closing
  /// at once would reset the connection under it if it were still sending. As in Envoy, only a
  /// client that asked for the end of the connection, and whose request was complete and served by
  /// an upstream, is not waited for.
  private void closeGracefully() {
    state = State.LINGERING;
    timer.cancel();
    writer.flush();
    var delay = chain.http().timeouts().delayedCloseMillis();
    if (partsAtOnce || delay == 0) {
      closing = true;
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else {
      channel.flush();
    }
    if (delay > 0 && state == State.LINGERING) {
      delayed = new DelayedClose(chain, channel, delay, this::closeNow);
    }
    reader.throwAway();
  }

  @Override
  public void onTimeoutsScaled(TimeoutScaling before, TimeoutScaling after) {
    age.onTimeoutsScaled(chain.http().timeouts().maxConnectionMillis(), before, after);
    if (state == State.OPEN && stream.idle() && !awaitsHead) {
      timer.shift(chain.restShift(before, after));
    }
  }

  /// Is told with the answer to a request that may be on its way.
  @Override
  public void onProcessEnds() {}

  @Override
  public void closeIfIdle() {
    if (stream.idle() && reader.quiet()) {
      closeNow();
    }
  }

  @Override
  public void closeNow() {
    if (state != State.CLOSED) {
      destroy(false);
      channel.close();
    }
  }

  private void onTimer() {
    if (awaitsHead) {
      startStream(Protocol.HTTP_1_1);
      stream.refusals().onHeadTimeout();
    } else if (stream.idle()) {
      chain.httpCells().inc(HttpStats.CX_IDLE_TIMEOUT);
      closeNow();
    }
  }

  private void destroy(boolean byPeer) {
    if (awaitsHead) {
      // As Envoy: a request whose head did not come to its end is one that was given up.
      startStream(Protocol.HTTP_1_1);
    }
    var running = !stream.idle();
    var active = stream.active();
    state = State.CLOSED;
    timer.cancel();
    if (ending != null) {
      ending.cancel();
    }
    if (delayed != null) {
      delayed.cancel();
    }
    age.stop();
    stream.onReset(ResetReason.CONNECTION_TERMINATION);
    reader.close();
    writer.close();
    unsent.close();
    if (old && chain.http().timeouts().http1EndsWithResponse()) {
      chain.httpCells().dec(HttpStats.CX_HTTP1_SOFT_DRAIN);
    }
    chain.counts().http1Closed();
    chain
        .counts()
        .connectionClosed(byPeer, active, (loop.clock().nanoTime() - startNanos) / 1_000_000);
    if (!running) {
      chain.closed(this);
    }
  }

  // ---- the channel

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    loop.turn().begin();
    try {
      var bytes = (ByteBuf) message;
      chain.httpCells().add(HttpStats.CX_RX_BYTES_TOTAL, bytes.readableBytes());
      reader.read(bytes);
    } catch (RuntimeException | Error bug) {
      onBug(bug);
    } finally {
      loop.turn().end();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    loop.turn().run();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.turn().begin();
    try {
      if (state != State.CLOSED) {
        destroy(!closing);
      }
    } finally {
      loop.turn().endAndFlush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    loop.turn().begin();
    try {
      if (state == State.OPEN) {
        stream.onWritable(channel.isWritable());
      }
    } finally {
      loop.turn().endAndFlush();
    }
  }

  /// A broken transport; the close that follows tells the rest.
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("[C{}] {}", info.id(), cause.toString());
    context.close();
  }

  void onBug(Throwable bug) {
    stream.onBug(bug);
    closeNow();
  }
}
