package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http2.Http2Connection;
import dev.outrider.proxy.http2.Http2Error;
import dev.outrider.proxy.http2.Http2Failure;
import dev.outrider.proxy.http2.Http2Role;
import dev.outrider.proxy.http2.Http2Stream;
import dev.outrider.proxy.http2.Http2StreamSink;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.overload.TimeoutScaling;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.Protocol;
import dev.outrider.proxy.upstream.UnsentBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server side of one HTTP/2 connection: its channel, its patience, its end. Owned by one
/// worker. Frames are the business of [Http2Connection], exchanges of [Http2ServerStream].
final class Http2DownstreamConnection extends ChannelInboundHandlerAdapter
    implements Http2Role, ServedConnection {
  private enum State {
    OPEN,
    /// The last frame is out; what still comes is thrown away until the client or a timer closes.
    LINGERING,
    CLOSED
  }

  /// What the timer is armed for.
  private enum Patience {
    NONE,
    IDLE,
    HEAD
  }

  private static final Logger LOG = LoggerFactory.getLogger("http");

  private final HttpChain chain;
  private final Loop loop;
  private final Channel channel;
  private final ConnectionInfo info;
  private final Http2Connection http2;
  private final UnsentBytes unsent;
  private final PrematureResets resets = new PrematureResets();
  private final Timer timer;
  private final ConnectionAge age;
  private final long startNanos;
  private State state = State.OPEN;
  private Patience patience = Patience.NONE;
  private boolean started;
  private boolean drained;
  private long requests;
  private int exchanges;

  /// Runs while it lingers.
  private @Nullable DelayedClose delayed;

  /// @param startNanos when the connection was accepted
  Http2DownstreamConnection(
      HttpChain chain, Channel channel, ConnectionInfo info, long startNanos) {
    this.chain = chain;
    this.channel = channel;
    this.info = info;
    this.startNanos = startNanos;
    this.loop = chain.context().loop();
    this.unsent =
        new UnsentBytes(channel, loop.timers(), chain.httpCells(), HttpStats.CX_TX_BYTES_BUFFERED);
    this.http2 = new Http2Connection(chain.http2().spec(channel.alloc()), this);
    this.timer = loop.timers().newTimer(this::onTimer);
    this.age = new ConnectionAge(chain, startNanos, this::onOld);
    chain.opened(this);
    chain.counts().http2Opened();
    waitPatiently();
  }

  // ---- streams

  @Override
  public Http2StreamSink onStream(Http2Stream stream) {
    requests++;
    exchanges++;
    var id =
        (info.id() << 24)
            | (requests & 0xffffff); // unique in the process, since the connection's is
    return chain.http2().take().start(this, stream, id);
  }

  void startStream(HttpStream stream, long id, long nanos) {
    stream.start(info, id, nanos, nanos, Protocol.HTTP_2);
  }

  /// The head of a response is to be written: the moment when Envoy looks whether it should be the
  /// last.
  void onResponse() {
    if (http2.draining()) {
      return;
    }
    var most = chain.http().limits().requestsPerConnection();
    if (chain.endsConnection()) {
      drain();
    } else if (most > 0 && requests >= most) {
      chain.httpCells().inc(HttpStats.CX_MAX_REQUESTS_REACHED);
      drain();
    }
  }

  /// An exchange has ended, its access log is written.
  void onStreamDone(boolean answered, long streamStartNanos) {
    exchanges--;
    var early =
        !answered && loop.clock().nanoTime() - streamStartNanos < 2_000_000_000L; // whole seconds
    if (resets.add(early) && state == State.OPEN) {
      chain.httpCells().inc(HttpStats.RQ_TOO_MANY_PREMATURE_RESETS);
      http2.fail(Http2Error.ENHANCE_YOUR_CALM, Http2Failure.FLOOD, "too_many_premature_resets");
    }
    if (exchanges == 0 && state == State.CLOSED) {
      chain.closed(this);
    } else if (exchanges == 0 && drained) {
      closeGracefully();
    }
  }

  @Override
  public void onStreamClosed() {
    waitPatiently();
  }

  @Override
  public void onGoAway(int lastStreamId, Http2Error error) {}

  @Override
  public void onSettings() {}

  // ---- the end

  @Override
  public void onTimeoutsScaled(TimeoutScaling before, TimeoutScaling after) {
    age.onTimeoutsScaled(chain.http().timeouts().maxConnectionMillis(), before, after);
    if (state == State.OPEN && patience == Patience.IDLE) {
      timer.shift(chain.restShift(before, after));
    }
  }

  private void onOld() {
    if (!http2.draining()) {
      drain();
    }
  }

  private void drain() {
    if (started) {
      http2.drain(chain.http().timeouts().drainMillis());
    } else {
      closeNow(); // nothing has been said yet
    }
  }

  @Override
  public void closeIfIdle() {
    if (started) {
      http2.drain(0); // what runs may end
    } else {
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

  @Override
  public void onDrained() {
    drained = true;
    if (exchanges == 0) {
      closeGracefully();
    }
  }

  /// The client closes when it has read the GOAWAY and its last response, or is made to.
  private void closeGracefully() {
    channel.flush();
    linger();
  }

  @Override
  public void onFailed(Http2Failure failure, String details) {
    LOG.debug("[C{}] {}", info.id(), details);
    if (failure == Http2Failure.PROTOCOL) {
      chain.httpCells().inc(HttpStats.CX_PROTOCOL_ERROR);
    }
    channel.flush();
    linger();
  }

  /// Closing at once would reset the connection under a client that still sends, before it has read
  /// why.
  private void linger() {
    if (state != State.OPEN) {
      return;
    }
    state = State.LINGERING;
    timer.cancel();
    var delay = chain.http().timeouts().delayedCloseMillis();
    if (delay == 0) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else {
      delayed = new DelayedClose(chain, channel, delay, this::closeNow);
    }
  }

  private void destroy(boolean byPeer) {
    var active = exchanges > 0;
    state = State.CLOSED;
    age.stop();
    timer.cancel();
    if (delayed != null) {
      delayed.cancel();
    }
    http2.close();
    unsent.close();
    chain.counts().http2Closed();
    chain
        .counts()
        .connectionClosed(byPeer, active, (loop.clock().nanoTime() - startNanos) / 1_000_000);
    if (!active) {
      chain.closed(this);
    }
  }

  // ---- patience

  /// Half a head is not waited for longer than a silent stream; a connection without streams has
  /// its own time.
  private void waitPatiently() {
    if (state != State.OPEN) {
      return;
    }
    if (http2.midHead()) {
      expect(Patience.HEAD, chain.headMillis());
    } else if (http2.active() == 0) {
      expect(Patience.IDLE, chain.restMillis());
    } else if (patience != Patience.NONE) {
      patience = Patience.NONE;
      timer.cancel();
    }
  }

  private void expect(Patience what, long millis) {
    if (patience != what) {
      patience = what;
      if (millis > 0) {
        timer.arm(millis);
      } else {
        timer.cancel();
      }
    }
  }

  private void onTimer() {
    if (patience == Patience.HEAD) {
      chain.httpCells().inc(HttpStats.RQ_HEADER_TIMEOUT);
      http2.fail(Http2Error.PROTOCOL_ERROR, Http2Failure.PROTOCOL, "request_header_timeout");
    } else if (patience == Patience.IDLE) {
      chain.httpCells().inc(HttpStats.CX_IDLE_TIMEOUT);
      drain();
    }
  }

  // ---- the channel

  @Override
  public void write(ByteBuf bytes) {
    chain.httpCells().add(HttpStats.CX_TX_BYTES_TOTAL, bytes.readableBytes());
    channel.write(bytes, channel.voidPromise());
  }

  @Override
  public void flush() {
    channel.flush();
    unsent.look();
  }

  @Override
  public long unsentBytes() {
    var written = channel.unsafe().outboundBuffer();
    return written == null ? 0 : written.totalPendingWriteBytes();
  }

  @Override
  public boolean writable() {
    return channel.isWritable();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    loop.turn().begin();
    try {
      var bytes = (ByteBuf) message;
      chain.httpCells().add(HttpStats.CX_RX_BYTES_TOTAL, bytes.readableBytes());
      if (!started) {
        started = true;
        http2.start();
      }
      http2.read(bytes);
      waitPatiently();
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
        http2.onWritable(channel.isWritable());
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

  private void onBug(Throwable bug) {
    LOG.error("[C{}] connection ended by a bug", info.id(), bug);
    http2.fail(Http2Error.INTERNAL_ERROR, Http2Failure.INTERNAL, "internal_error");
    closeNow();
  }
}
