package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Limit;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Http1Writer;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.loop.Timer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One HTTP/1.1 connection to an endpoint: carries one attempt after the other. Owned by the loop
/// of its pool. Its reading half is [Http1ResponseReader].
///
/// It is used again only if both messages were complete and nobody objected (`connection: close`,
/// HTTP/1.0, a body that ends with the connection, the request limit); a byte that nobody asked for
/// closes it.
final class Http1UpstreamConnection extends ChannelInboundHandlerAdapter
    implements StreamCarrier, SignalTarget {
  private enum State {
    CONNECTING,
    IDLE,
    BUSY,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger("client");
  private static final int CONNECTED = 0;
  private static final int RESUME_READING = 1;
  private static final byte[] HEAD_METHOD = "HEAD".getBytes(StandardCharsets.US_ASCII);
  private static final HostPort UNKNOWN = new HostPort("0.0.0.0", 0);

  private final EndpointPool pool;
  private final Upstreams home;
  private final ConnectionCounts counts;
  private final long id;
  private final Permit permit = new Permit();
  private final Timer timer;
  private final Http1ResponseReader reader;
  private final Runnable flush = this::flush;
  private final long startNanos;
  private @Nullable Channel channel;
  private @Nullable Http1Writer writer;
  private HostPort localAddress = UNKNOWN;
  private State state = State.CONNECTING;
  private int requests;
  private boolean flushAsked;

  Http1UpstreamConnection(EndpointPool pool, Upstreams home) {
    this.pool = pool;
    this.home = home;
    this.counts = pool.counts();
    this.id = home.nextConnectionId();
    this.timer = home.loop().timers().newTimer(this::onTimer);
    this.reader = new Http1ResponseReader(this, home.heads(), counts.cluster());
    this.startNanos = home.loop().clock().nanoTime();
  }

  // ---- life

  /// False if the cluster has as many connections as it may; an endpoint always gets its first.
  boolean takePermit(Limit connections, boolean first) {
    if (permit.tryTake(connections)) {
      return true;
    }
    if (first) {
      permit.takeAnyway(connections);
    }
    return first;
  }

  void connect() {
    counts.opened();
    timer.arm(pool.cluster().config().connectTimeout().toMillis());
    var future = home.connector().connect(pool.host().address(), this, pool.bufferLimit());
    channel = future.channel();
    future.addListener(_ -> onConnectDone(future));
  }

  private void onConnectDone(ChannelFuture future) {
    var turn = home.loop().turn();
    turn.begin();
    try {
      if (state != State.CONNECTING) {
        channel().close();
      } else if (future.isSuccess()) {
        turn.post(this, CONNECTED); // the pool must not be entered from inside connect()
      } else {
        connectFailed(
            ResetReason.REMOTE_CONNECTION_FAILURE, ConnectFailures.describe(future.cause()));
      }
    } finally {
      turn.endAndFlush();
    }
  }

  private void onConnected() {
    if (state != State.CONNECTING) {
      return;
    }
    var connected = channel();
    timer.cancel();
    if (connected.localAddress() instanceof InetSocketAddress local) {
      localAddress = new HostPort(local.getAddress().getHostAddress(), local.getPort());
    }
    writer = new Http1Writer(connected.alloc(), this::write);
    counts.connected(millisSinceStart());
    state = State.IDLE;
    pool.onConnected(this);
  }

  private void connectFailed(ResetReason why, String detail) {
    pool.onConnectFailed(why, detail);
    destroy(why == ResetReason.REMOTE_CONNECTION_FAILURE, false);
  }

  /// There is nothing to do: wait in the pool.
  void rest() {
    var timeout = pool.cluster().config().http().idleTimeout();
    if (!timeout.isZero()) {
      timer.arm(timeout.toMillis());
    }
  }

  /// Ends a connection that carries nothing.
  void close() {
    destroy(false, false);
  }

  /// The peer has closed a connection that carries nothing.
  void onClosedByPeer() {
    if (state != State.CONNECTING) {
      destroy(true, false);
    }
  }

  /// Ends the connection, and with it the attempt that it carries.
  void fail(ResetReason why, String detail, boolean byPeer) {
    var failed = reader.stream();
    if (failed != null) {
      counts.streamReset(why);
      failed.fail(why, detail);
    }
    destroy(byPeer, failed != null);
  }

  private void onTimer() {
    if (state == State.CONNECTING) {
      counts.cluster().inc(ClusterStats.UPSTREAM_CX_CONNECT_TIMEOUT);
      connectFailed(ResetReason.CONNECTION_TIMEOUT, "");
    } else if (state == State.IDLE) {
      counts.cluster().inc(ClusterStats.UPSTREAM_CX_IDLE_TIMEOUT);
      close();
    }
  }

  private void destroy(boolean byPeer, boolean withStream) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    timer.cancel();
    reader.close();
    if (writer != null) {
      writer.close();
    }
    permit.release();
    counts.destroyed(byPeer, withStream, millisSinceStart());
    channel().close();
    pool.onClosed(this);
  }

  // ---- the request

  /// Takes an attempt; the connection is not in the idle list of its pool.
  void carry(UpstreamStream stream) {
    timer.cancel();
    state = State.BUSY;
    requests++;
    reader.carry(stream);
    stream.attach(this);
  }

  @Override
  public HostPort localAddress() {
    return localAddress;
  }

  @Override
  public long connectionId() {
    return id;
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    var method = head.find(HeaderNames.METHOD);
    reader.expect(method >= 0 && head.valueEquals(method, HEAD_METHOD));
    writer().requestHead(head, end);
    flushLater();
    if (!channel().isWritable()) {
      onWritable(false);
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (state != State.BUSY) {
      chunk.release();
    } else {
      written(writer().body(chunk, end));
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (state == State.BUSY) {
      written(writer().trailers(trailers));
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
    counts.streamReset(ResetReason.LOCAL_RESET);
    destroy(false, true);
  }

  private void write(ByteBuf bytes) {
    counts.cluster().add(ClusterStats.UPSTREAM_CX_TX_BYTES_TOTAL, bytes.readableBytes());
    channel().write(bytes, channel().voidPromise());
  }

  private void flushLater() {
    if (!flushAsked) {
      flushAsked = true;
      home.loop().turn().flushLater(flush);
    }
  }

  private void flush() {
    flushAsked = false;
    if (state == State.BUSY || state == State.IDLE) {
      writer().flush();
      channel().flush();
    }
  }

  private void onWritable(boolean writable) {
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
    if (state != State.BUSY) {
      return;
    }
    var limit = pool.cluster().config().http().maxRequestsPerConnection();
    var worn = limit > 0 && requests >= limit;
    if (worn) {
      counts.cluster().inc(ClusterStats.UPSTREAM_CX_MAX_REQUESTS);
    }
    if (reader.reusable() && !worn) {
      state = State.IDLE;
      reader.rest(channel());
      pool.onAvailable(this);
    } else {
      close();
    }
  }

  // ---- the channel

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    var turn = home.loop().turn();
    turn.begin();
    try {
      var bytes = (ByteBuf) message;
      counts.cluster().add(ClusterStats.UPSTREAM_CX_RX_BYTES_TOTAL, bytes.readableBytes());
      if (state == State.CLOSED) {
        bytes.release();
      } else {
        reader.read(bytes, channel());
      }
    } catch (RuntimeException | Error bug) {
      onBug(bug);
    } finally {
      turn.end();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    home.loop().turn().run();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    var turn = home.loop().turn();
    turn.begin();
    try {
      reader.onPeerClosed();
    } catch (RuntimeException | Error bug) {
      onBug(bug);
    } finally {
      turn.endAndFlush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    var turn = home.loop().turn();
    turn.begin();
    try {
      onWritable(channel().isWritable());
    } finally {
      turn.endAndFlush();
    }
  }

  /// A broken transport; the close that follows tells the rest.
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("[C{}] {}: {}", id, pool.host().address(), cause.toString());
    context.close();
  }

  // ---- signals

  @Override
  public int generation() {
    return 0;
  }

  @Override
  public void onSignal(int signal) {
    if (signal == CONNECTED) {
      onConnected();
    } else if (state != State.CLOSED) {
      reader.resume(channel());
    }
  }

  @Override
  public void onBug(Throwable bug) {
    LOG.error("[C{}] connection to {} failed", id, pool.host().address(), bug);
    fail(ResetReason.LOCAL_RESET, "", false);
  }

  private long millisSinceStart() {
    return (home.loop().clock().nanoTime() - startNanos) / 1_000_000;
  }

  private Channel channel() {
    return Objects.requireNonNull(channel, "not connected yet");
  }

  private Http1Writer writer() {
    return Objects.requireNonNull(writer, "not connected yet");
  }
}
