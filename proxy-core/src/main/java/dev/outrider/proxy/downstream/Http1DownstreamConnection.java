package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.HopByHop;
import dev.outrider.proxy.http.Http1Events;
import dev.outrider.proxy.http.Http1Parser;
import dev.outrider.proxy.http.Http1Writer;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server side of one HTTP/1.1 connection: one exchange after the other, pipelined requests
/// waiting unread. Owned by one worker.
///
/// Reading stops only when bytes arrive that nobody may take: of a request behind the one that
/// runs, or of a body that is held back. What is written in one turn leaves in one flush.
final class Http1DownstreamConnection extends ChannelInboundHandlerAdapter
    implements StreamTransport, SignalTarget {
  private enum State {
    OPEN,
    /// The last response is out; what still comes is thrown away until the client or a timer
    /// closes.
    LINGERING,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger(Http1DownstreamConnection.class);
  private static final int RESUME_READING = 0;
  private static final byte[] HEAD_METHOD = "HEAD".getBytes(StandardCharsets.US_ASCII);

  private final ServedChain chain;
  private final Loop loop;
  private final Channel channel;
  private final ConnectionInfo info;
  private final Http1Parser parser;
  private final Http1Writer writer;
  private final HttpStream stream;
  private final Timer timer;
  private final BodyBuffer unread = new BodyBuffer(Integer.MAX_VALUE);
  private final HoldSet holds = new HoldSet();
  private final Runnable flush = this::flush;
  private final long startNanos;
  private State state = State.OPEN;
  private long requests;
  private boolean readingHead;

  /// The parser has lost its way: what comes is thrown away.
  private boolean garbled;

  private boolean toHead;
  private boolean closeAfterResponse;
  private boolean flushAsked;
  private boolean resumeAsked;

  Http1DownstreamConnection(ServedChain chain, Channel channel, ConnectionInfo info) {
    this.chain = chain;
    this.channel = channel;
    this.info = info;
    var context = chain.context();
    this.loop = context.loop();
    this.parser =
        new Http1Parser(
            Http1Parser.Role.REQUESTS, "http", chain.limits(), context.heads(), new Requests());
    this.writer = new Http1Writer(channel.alloc(), this::write);
    this.stream = new HttpStream(chain, this);
    this.timer = loop.timers().newTimer(this::onTimer);
    this.startNanos = loop.clock().nanoTime();
    chain.opened(this);
    var cells = chain.httpCells();
    cells.inc(HttpStats.CX_TOTAL);
    cells.inc(HttpStats.CX_ACTIVE);
    cells.inc(HttpStats.CX_HTTP1_TOTAL);
    cells.inc(HttpStats.CX_HTTP1_ACTIVE);
    chain.listenerCells().inc(ListenerStats.CX_TOTAL);
    chain.listenerCells().inc(ListenerStats.CX_ACTIVE);
    rest();
  }

  // ---- reading

  private void read(ByteBuf bytes) {
    chain.httpCells().add(HttpStats.CX_RX_BYTES_TOTAL, bytes.readableBytes());
    if (state != State.OPEN || garbled) {
      bytes.release();
    } else if (!unread.isEmpty() || blocked()) {
      unread.append(bytes);
      stopReading();
    } else {
      feed(bytes);
    }
  }

  /// Nobody may take more bytes now.
  private boolean blocked() {
    return holds.held() || parser.complete();
  }

  private void feed(ByteBuf bytes) {
    try {
      parser.feed(bytes);
      if (state == State.OPEN && !garbled && bytes.isReadable()) {
        unread.append(bytes.retain());
      }
    } finally {
      bytes.release();
    }
    if (state == State.OPEN && !garbled && stream.idle() && !readingHead && !parser.idle()) {
      readingHead = true;
      var millis = chain.http().timeouts().requestHeadersMillis();
      if (millis > 0) {
        timer.arm(millis);
      }
    }
  }

  private void stopReading() {
    if (channel.config().isAutoRead()) {
      channel.config().setAutoRead(false);
      chain.httpCells().inc(HttpStats.FLOW_CONTROL_PAUSED_READING_TOTAL);
    }
  }

  private void resumeReading() {
    resumeAsked = false;
    while (state == State.OPEN && !garbled && !blocked()) {
      var bytes = unread.poll();
      if (bytes == null) {
        break;
      }
      feedAgain(bytes);
    }
    if (state != State.CLOSED && unread.isEmpty() && !channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
      chain.httpCells().inc(HttpStats.FLOW_CONTROL_RESUMED_READING_TOTAL);
    }
  }

  /// As [#feed], but what is left goes back to the front of what waits.
  private void feedAgain(ByteBuf bytes) {
    if (unread.isEmpty()) {
      feed(bytes);
      return;
    }
    var rest = new BodyBuffer(Integer.MAX_VALUE);
    for (var more = unread.poll(); more != null; more = unread.poll()) {
      rest.append(more);
    }
    feed(bytes);
    for (var more = rest.poll(); more != null; more = rest.poll()) {
      unread.append(more);
    }
  }

  private void askToResume() {
    if (!resumeAsked) {
      resumeAsked = true;
      loop.turn().post(this, RESUME_READING);
    }
  }

  @Override
  public void hold(Hold cause) {
    holds.hold(cause);
  }

  @Override
  public void release(Hold cause) {
    if (holds.release(cause)) {
      askToResume();
    }
  }

  /// What the parser reports.
  private final class Requests implements Http1Events {
    @Override
    public void onHead(HeaderMap head, boolean end) {
      timer.cancel();
      readingHead = false;
      requests++;
      closeAfterResponse = !parser.keepAlive();
      var method = head.find(HeaderNames.METHOD);
      toHead = method >= 0 && head.valueEquals(method, HEAD_METHOD);
      stream.start(info, nextStreamId(), loop.clock().nanoTime(), Protocol.HTTP_1_1);
      var refusal = HopByHop.request(head, false);
      if (refusal == null && parser.upgrade()) {
        refusal = MessageError.UPGRADE_FAILED;
      }
      if (refusal != null) {
        stream.onRefused(head, end, refusal);
        return;
      }
      if (parser.expectContinue()) {
        writer.continue100();
        flushLater();
        head.remove(HeaderNames.EXPECT);
      }
      stream.onHead(head, end);
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      stream.onBody(chunk, end);
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      if (chain.http().http1().enableTrailers()) {
        stream.onTrailers(trailers);
      } else {
        trailers.release();
        stream.onBody(Unpooled.EMPTY_BUFFER, true);
      }
    }

    @Override
    public void onError(MessageError error) {
      chain.httpCells().inc(HttpStats.CX_PROTOCOL_ERROR);
      timer.cancel();
      garbled = true;
      closeAfterResponse = true;
      if (stream.idle()) {
        stream.start(info, nextStreamId(), loop.clock().nanoTime(), Protocol.HTTP_1_1);
        stream.onRefused(null, false, error);
      } else {
        stream.refuse(error);
      }
    }
  }

  /// Unique in the process, since the connection's id is.
  private long nextStreamId() {
    return (info.id() << 24) | (requests & 0xffffff);
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
    if (chain.draining() && !closeAfterResponse) {
      chain.httpCells().inc(HttpStats.CX_DRAIN_CLOSE);
      closeAfterResponse = true;
    }
    var most = chain.http().limits().requestsPerConnection();
    if (most > 0 && requests >= most && !closeAfterResponse) {
      chain.httpCells().inc(HttpStats.CX_MAX_REQUESTS_REACHED);
      closeAfterResponse = true;
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
    if (chain.http().http1().enableTrailers()) {
      if (writer.trailers(trailers)) {
        flushLater();
      } else {
        stream.onLengthMismatch();
      }
    } else {
      onBody(Unpooled.EMPTY_BUFFER, true);
    }
  }

  /// The response cannot be completed: closing is how the client learns it.
  @Override
  public void onReset(ResetReason why) {
    closeNow();
  }

  @Override
  public void onStreamDone() {
    if (state == State.CLOSED) {
      chain.closed(this);
      return;
    }
    holds.clear();
    if (closeAfterResponse || !parser.complete()) {
      closeGracefully();
      return;
    }
    parser.next();
    if (unread.isEmpty()) {
      rest();
    }
    askToResume();
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
    }
  }

  // ---- closing

  /// Between exchanges.
  private void rest() {
    var millis = chain.http().timeouts().connectionIdleMillis();
    if (millis > 0) {
      timer.arm(millis);
    }
  }

  /// Everything written leaves first. If the client may still be sending, it gets time to read the
  /// answer: closing at once would reset the connection under it.
  private void closeGracefully() {
    writer.flush();
    var delay = chain.http().timeouts().delayedCloseMillis();
    if ((parser.complete() && unread.isEmpty()) || delay == 0) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      state = State.LINGERING;
      return;
    }
    channel.flush();
    state = State.LINGERING;
    unread.close();
    if (!channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
    }
    timer.arm(delay);
  }

  /// Ends the connection if nothing runs on it.
  void closeIfIdle() {
    if (stream.idle() && parser.idle() && unread.isEmpty()) {
      closeNow();
    }
  }

  /// Ends the connection and what runs on it.
  void closeNow() {
    if (state != State.CLOSED) {
      destroy(false);
      channel.close();
    }
  }

  private void onTimer() {
    if (state == State.LINGERING) {
      chain.httpCells().inc(HttpStats.CX_DELAYED_CLOSE_TIMEOUT);
      closeNow();
    } else if (readingHead) {
      chain.httpCells().inc(HttpStats.RQ_HEADER_TIMEOUT);
      readingHead = false;
      stream.start(info, nextStreamId(), loop.clock().nanoTime(), Protocol.HTTP_1_1);
      stream.onHeadTimeout();
    } else if (stream.idle()) {
      chain.httpCells().inc(HttpStats.CX_IDLE_TIMEOUT);
      closeNow();
    }
  }

  private void destroy(boolean byPeer) {
    var active = !stream.idle();
    state = State.CLOSED;
    timer.cancel();
    stream.onReset(ResetReason.CONNECTION_TERMINATION);
    unread.close();
    parser.close();
    writer.close();
    count(byPeer, active);
    if (!active) {
      chain.closed(this);
    }
  }

  private void count(boolean byPeer, boolean active) {
    var cells = chain.httpCells();
    cells.dec(HttpStats.CX_ACTIVE);
    cells.dec(HttpStats.CX_HTTP1_ACTIVE);
    cells.inc(HttpStats.CX_DESTROY);
    cells.inc(byPeer ? HttpStats.CX_DESTROY_REMOTE : HttpStats.CX_DESTROY_LOCAL);
    if (active) {
      cells.inc(HttpStats.CX_DESTROY_ACTIVE_RQ);
      cells.inc(
          byPeer ? HttpStats.CX_DESTROY_REMOTE_ACTIVE_RQ : HttpStats.CX_DESTROY_LOCAL_ACTIVE_RQ);
    }
    var millis = (loop.clock().nanoTime() - startNanos) / 1_000_000;
    cells.record(HttpStats.CX_LENGTH_MS, millis);
    chain.listenerCells().dec(ListenerStats.CX_ACTIVE);
    chain.listenerCells().inc(ListenerStats.CX_DESTROY);
    chain.listenerCells().record(ListenerStats.CX_LENGTH_MS, millis);
  }

  // ---- the channel

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    loop.turn().begin();
    try {
      read((ByteBuf) message);
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
        destroy(state == State.OPEN);
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

  // ---- signals

  @Override
  public int generation() {
    return 0;
  }

  @Override
  public void onSignal(int signal) {
    if (state != State.CLOSED) {
      resumeReading();
    }
  }

  @Override
  public void onBug(Throwable bug) {
    stream.onBug(bug);
    closeNow();
  }
}
