package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Limit;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HopByHop;
import dev.outrider.proxy.http.Http1Events;
import dev.outrider.proxy.http.Http1Limits;
import dev.outrider.proxy.http.Http1Parser;
import dev.outrider.proxy.http.Http1Writer;
import dev.outrider.proxy.http.MessageError;
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
/// of its pool.
///
/// It is used again only if both messages were complete and nobody objected (`connection: close`,
/// HTTP/1.0, a body that ends with the connection, the request limit); a byte that nobody asked for
/// closes it. Reading stops only when bytes arrive while the response is held back.
final class Http1UpstreamConnection extends ChannelInboundHandlerAdapter
    implements StreamCarrier, SignalTarget {
  private enum State {
    CONNECTING,
    IDLE,
    BUSY,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger(Http1UpstreamConnection.class);
  private static final int CONNECTED = 0;
  private static final int RESUME_READING = 1;
  private static final byte[] HEAD_METHOD = "HEAD".getBytes(StandardCharsets.US_ASCII);
  private static final HostPort UNKNOWN = new HostPort("0.0.0.0", 0);

  private final EndpointPool pool;
  private final Upstreams home;
  private final long id;
  private final Permit permit = new Permit();
  private final Timer timer;
  private final Http1Parser parser;
  private final BodyBuffer unread = new BodyBuffer(Integer.MAX_VALUE);
  private final Runnable flush = this::flush;
  private final long startNanos;
  private @Nullable Channel channel;
  private @Nullable Http1Writer writer;
  private @Nullable UpstreamStream stream;
  private HostPort localAddress = UNKNOWN;
  private State state = State.CONNECTING;
  private int requests;
  private boolean held;

  /// The response just delivered allows another request.
  private boolean reusable;

  private boolean peerClosed;
  private boolean flushAsked;

  Http1UpstreamConnection(EndpointPool pool, Upstreams home) {
    this.pool = pool;
    this.home = home;
    this.id = home.nextConnectionId();
    this.timer = home.loop().timers().newTimer(this::onTimer);
    this.parser =
        new Http1Parser(
            Http1Parser.Role.RESPONSES,
            "http",
            Http1Limits.RESPONSE,
            home.heads(),
            new Responses());
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
    var cells = pool.clusterCells();
    cells.inc(ClusterStats.UPSTREAM_CX_TOTAL);
    cells.inc(ClusterStats.UPSTREAM_CX_ACTIVE);
    cells.inc(ClusterStats.UPSTREAM_CX_HTTP1_TOTAL);
    pool.hostCells().inc(EndpointStats.CX_TOTAL);
    pool.hostCells().inc(EndpointStats.CX_ACTIVE);
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
    pool.clusterCells().record(ClusterStats.UPSTREAM_CX_CONNECT_MS, millisSinceStart());
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

  private void onTimer() {
    if (state == State.CONNECTING) {
      pool.clusterCells().inc(ClusterStats.UPSTREAM_CX_CONNECT_TIMEOUT);
      connectFailed(ResetReason.CONNECTION_TIMEOUT, "");
    } else if (state == State.IDLE) {
      pool.clusterCells().inc(ClusterStats.UPSTREAM_CX_IDLE_TIMEOUT);
      close();
    }
  }

  private void destroy(boolean byPeer, boolean withStream) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    timer.cancel();
    stream = null;
    unread.close();
    parser.close();
    if (writer != null) {
      writer.close();
    }
    permit.release();
    countDestroyed(byPeer, withStream);
    channel().close();
    pool.onClosed(this);
  }

  private void countDestroyed(boolean byPeer, boolean withStream) {
    var cells = pool.clusterCells();
    cells.dec(ClusterStats.UPSTREAM_CX_ACTIVE);
    pool.hostCells().dec(EndpointStats.CX_ACTIVE);
    cells.record(ClusterStats.UPSTREAM_CX_LENGTH_MS, millisSinceStart());
    cells.inc(ClusterStats.UPSTREAM_CX_DESTROY);
    cells.inc(
        byPeer ? ClusterStats.UPSTREAM_CX_DESTROY_REMOTE : ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
    if (withStream) {
      cells.inc(ClusterStats.UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ);
      cells.inc(
          byPeer
              ? ClusterStats.UPSTREAM_CX_DESTROY_REMOTE_WITH_ACTIVE_RQ
              : ClusterStats.UPSTREAM_CX_DESTROY_LOCAL_WITH_ACTIVE_RQ);
    }
  }

  // ---- the request

  /// Takes an attempt; the connection is not in the idle list of its pool.
  void carry(UpstreamStream newStream) {
    timer.cancel();
    state = State.BUSY;
    stream = newStream;
    held = false;
    requests++;
    newStream.attach(this);
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
    parser.expect(method >= 0 && head.valueEquals(method, HEAD_METHOD));
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
    } else if (writer().body(chunk, end)) {
      flushLater();
    } else {
      fail(ResetReason.PROTOCOL_ERROR, "request body does not fit its content-length", false);
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (state != State.BUSY) {
      return;
    }
    if (writer().trailers(trailers)) {
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
    pool.clusterCells().inc(ClusterStats.UPSTREAM_RQ_TX_RESET);
    destroy(false, true);
  }

  private void write(ByteBuf bytes) {
    pool.clusterCells().add(ClusterStats.UPSTREAM_CX_TX_BYTES_TOTAL, bytes.readableBytes());
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
    if (stream != null) {
      pool.clusterCells()
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
    held = true;
  }

  @Override
  public void releaseResponse() {
    held = false;
    home.loop().turn().post(this, RESUME_READING);
  }

  private void read(ByteBuf bytes) {
    pool.clusterCells().add(ClusterStats.UPSTREAM_CX_RX_BYTES_TOTAL, bytes.readableBytes());
    if (state == State.CLOSED) {
      bytes.release();
    } else if (stream == null) {
      bytes.release();
      pool.clusterCells().inc(ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
      close();
    } else if (held || !unread.isEmpty()) {
      unread.append(bytes);
      if (channel().config().isAutoRead()) {
        channel().config().setAutoRead(false);
        pool.clusterCells().inc(ClusterStats.UPSTREAM_FLOW_CONTROL_PAUSED_READING_TOTAL);
      }
    } else {
      feed(bytes);
    }
  }

  private void feed(ByteBuf bytes) {
    try {
      parser.feed(bytes);
      if (bytes.isReadable() && state != State.CLOSED) {
        close(); // more than was asked for
      }
    } finally {
      bytes.release();
    }
    settle();
  }

  /// After the end of a response: make the connection available, or let it go.
  private void settle() {
    if (state != State.BUSY || stream != null) {
      return;
    }
    var limit = pool.cluster().config().http().maxRequestsPerConnection();
    var worn = limit > 0 && requests >= limit;
    if (worn) {
      pool.clusterCells().inc(ClusterStats.UPSTREAM_CX_MAX_REQUESTS);
    }
    if (reusable && !worn && !peerClosed) {
      state = State.IDLE;
      pool.onAvailable(this);
    } else {
      close();
    }
  }

  private void resumeReading() {
    while (!held && state != State.CLOSED && stream != null) {
      var bytes = unread.poll();
      if (bytes == null) {
        break;
      }
      feed(bytes);
    }
    if (state == State.CLOSED || held) {
      return;
    }
    if (peerClosed) {
      onPeerClosed();
    } else if (!channel().config().isAutoRead()) {
      channel().config().setAutoRead(true);
      pool.clusterCells().inc(ClusterStats.UPSTREAM_FLOW_CONTROL_RESUMED_READING_TOTAL);
    }
  }

  private void onPeerClosed() {
    peerClosed = true;
    if (state == State.CLOSED || state == State.CONNECTING || !unread.isEmpty()) {
      return;
    }
    if (stream == null) {
      destroy(true, false);
    } else if (parser.eof()) {
      settle();
    } else {
      var why = parser.headSeen() ? ResetReason.PROTOCOL_ERROR : ResetReason.CONNECTION_TERMINATION;
      fail(why, "", true);
    }
  }

  private void fail(ResetReason why, String detail, boolean byPeer) {
    var failed = stream;
    if (failed != null) {
      pool.clusterCells()
          .inc(
              why == ResetReason.CONNECTION_TERMINATION
                  ? ClusterStats.UPSTREAM_RQ_PENDING_FAILURE_EJECT
                  : ClusterStats.UPSTREAM_RQ_TX_RESET);
      failed.fail(why, detail);
    }
    destroy(byPeer, failed != null);
  }

  /// What the parser reports.
  private final class Responses implements Http1Events {
    @Override
    public void onHead(HeaderMap head, boolean end) {
      HopByHop.response(head, false);
      var receiver = take(end);
      if (receiver != null) {
        receiver.deliverHead(head, end);
      } else {
        head.release();
      }
    }

    @Override
    public void onInformational(HeaderMap head) {
      if (stream != null) {
        stream.deliverInformational(head);
      }
      head.release();
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      var receiver = take(end);
      if (receiver != null) {
        receiver.deliverBody(chunk, end);
      } else {
        chunk.release();
      }
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      var receiver = take(true);
      if (receiver != null) {
        receiver.deliverTrailers(trailers);
      } else {
        trailers.release();
      }
    }

    @Override
    public void onError(MessageError error) {
      pool.clusterCells().inc(ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
      LOG.debug("[C{}] refused a response of {}: {}", id, pool.host().address(), error);
      fail(ResetReason.PROTOCOL_ERROR, "", false);
    }

    /// Who gets the event; the last one of a message lets the attempt go first.
    private @Nullable UpstreamStream take(boolean end) {
      var receiver = stream;
      if (end && receiver != null) {
        reusable = parser.keepAlive() && receiver.requestEnded();
        stream = null;
      }
      return receiver;
    }
  }

  // ---- the channel

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    var turn = home.loop().turn();
    turn.begin();
    try {
      read((ByteBuf) message);
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
      onPeerClosed();
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
      resumeReading();
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
