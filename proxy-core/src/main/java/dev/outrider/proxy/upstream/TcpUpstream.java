package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.cluster.Limit;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.cluster.TlvChoice;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.TlsContext;
import dev.outrider.proxy.tls.TlsInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection to an endpoint that carries the bytes of one client and nothing else: never pooled.
/// How it comes about is its [Dial]'s. Its two directions end one by one. As a [FlowControl] it
/// stops reading from the service. Owned by the loop of its cluster.
///
/// Counted as Envoy's TCP pool counts: while it connects as a pending request, then as a request.
public final class TcpUpstream extends Dial.Owner implements FlowControl {
  private enum Phase {
    CONNECTING,
    OPEN,
    /// Nothing is told any more; what was written leaves.
    FLUSHING,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger("client");
  private static final int OVERFLOWN = 1;
  private static final int ENDED = 2;

  private final UpstreamCluster cluster;
  private final Endpoint endpoint;
  private final HostShared host;
  private final TcpUpstreamSink sink;
  private final Loop loop;
  private final ConnectionCounts counts;
  private final Permit permit = new Permit();
  private final Permit pending = new Permit();
  private final HoldSet holds = new HoldSet();
  private final Timer timer;
  private final Runnable flush = this::flush;
  private final long id;
  private final long startNanos;
  private final Dial dial;
  private @Nullable UnsentBytes unsent;
  private @Nullable Runnable whenFlushed;
  private Phase phase = Phase.CONNECTING;
  private HostPort localAddress = Dial.UNKNOWN;
  private long connectedNanos;
  private long flushIdleMillis;
  private int generation;
  private boolean flushAsked;
  private boolean inputEnded;
  private boolean outputEnded;
  private boolean reset;
  private boolean hostFailed;

  /// What its transport is to be is asked once: by the time that it is connected, there may be a
  /// configuration in which the endpoint has another one.
  private TcpUpstream(
      UpstreamCluster cluster,
      Endpoint endpoint,
      @Nullable ProxiedClient client,
      TcpUpstreamSink sink) {
    this.cluster = cluster;
    this.endpoint = endpoint;
    this.host = endpoint.shared();
    this.sink = sink;
    this.loop = cluster.home().loop();
    this.counts = new ConnectionCounts(cluster.cells(), host.cells(loop.index()));
    this.timer = loop.timers().newTimer(this::onTimer);
    this.id = cluster.home().nextConnectionId();
    this.startNanos = loop.clock().nanoTime();
    var access = endpoint.access();
    var proxy = cluster.config().proxyTo(access);
    var header = proxy == null ? null : new ProxyHeader(proxy, access.tlvs(), client);
    this.dial =
        new Dial(
            this, new Service(cluster, endpoint, header), cluster.config().tlsTo(access), true);
  }

  /// Where it goes; of TLS no client asks anything.
  private record Service(
      UpstreamCluster cluster, Endpoint endpoint, @Nullable ProxyHeader proxyHeader)
      implements Dial.Target {
    @Override
    public ClientHandshake.Server server() {
      return new ClientHandshake.Server(
          endpoint.shared().address(), endpoint.hostname(), TransportSocketOptions.NONE);
    }
  }

  /// Begins to connect; null if the cluster has as many connections as it may.
  ///
  /// @param client whom a PROXY header names; null = nobody
  static @Nullable TcpUpstream open(
      UpstreamCluster cluster,
      Endpoint endpoint,
      @Nullable ProxiedClient client,
      TcpUpstreamSink sink) {
    var upstream = new TcpUpstream(cluster, endpoint, client, sink);
    return upstream.takePermit(connections(cluster)) ? upstream.begin() : null;
  }

  /// Whether the circuit breaker of connections is open.
  static boolean full(UpstreamCluster cluster) {
    return connections(cluster).open();
  }

  private static Limit connections(UpstreamCluster cluster) {
    return cluster.shared().breakers(Priority.DEFAULT).connections();
  }

  private boolean takePermit(Limit limit) {
    return permit.tryTake(limit);
  }

  private TcpUpstream begin() {
    if (!pending.tryTake(cluster.shared().breakers(Priority.DEFAULT).pending())) {
      permit.release();
      phase = Phase.CLOSED;
      cells(ClusterStats.UPSTREAM_RQ_PENDING_OVERFLOW);
      loop.turn().post(this, OVERFLOWN);
      return this;
    }
    cells(ClusterStats.UPSTREAM_RQ_PENDING_TOTAL);
    cells(ClusterStats.UPSTREAM_RQ_PENDING_ACTIVE);
    counts.opened();
    cluster.opened(this);
    hostFailed = host.failed();
    timer.arm(cluster.config().connections().connectTimeout().toMillis());
    dial.start();
    return this;
  }

  private void cells(int stat) {
    counts.cluster().inc(stat);
  }

  // ---- how it comes about

  @Override
  @Nullable TlsContext lease(ClientTls tls) {
    return tls.lease(null);
  }

  @Override
  boolean connecting() {
    return phase == Phase.CONNECTING;
  }

  @Override
  void onConnected() {
    if (phase != Phase.CONNECTING) {
      return;
    }
    phase = Phase.OPEN;
    timer.cancel();
    endPending();
    var opened = channel();
    localAddress = dial.localAddress();
    connectedNanos = loop.clock().nanoTime();
    counts.connected((connectedNanos - startNanos) / 1_000_000);
    counts.streamStarted();
    host.requestStarted();
    unsent =
        new UnsentBytes(
            opened, loop.timers(), counts.cluster(), ClusterStats.UPSTREAM_CX_TX_BYTES_BUFFERED);
    if (holds.held()) { // by a reader that has stopped while there was no connection
      opened.config().setAutoRead(false);
    }
    sink.onConnected();
  }

  @Override
  void onConnectFailed(ResetReason why, String detail) {
    cells(ClusterStats.UPSTREAM_RQ_PENDING_FAILURE_EJECT);
    endPending();
    counts.connectFailed();
    destroy(why == ResetReason.REMOTE_CONNECTION_FAILURE, false);
    sink.onConnectFailed(why, detail);
  }

  /// The close that follows tells the rest.
  @Override
  void onBroken(String reason) {}

  private void endPending() {
    pending.release();
    counts.cluster().dec(ClusterStats.UPSTREAM_RQ_PENDING_ACTIVE);
  }

  private Channel channel() {
    return dial.channel();
  }

  // ---- for the owner

  /// Sends bytes to the service, or ends that direction. *Takes* the bytes; not while it connects.
  public void write(ByteBuf bytes, boolean end) {
    if (phase != Phase.OPEN) {
      bytes.release();
      return;
    }
    counts.cluster().add(ClusterStats.UPSTREAM_CX_TX_BYTES_TOTAL, bytes.readableBytes());
    channel().write(bytes, channel().voidPromise());
    if (end) {
      channel()
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(done -> inTurn(() -> onOutputEnd(done.isSuccess())));
    } else if (!flushAsked) {
      flushAsked = true;
      loop.turn().flushLater(flush);
    }
  }

  /// Sends a PROXY header that is on nobody's behalf; not while it connects.
  ///
  /// @param binary version 2, else 1
  public void introduce(boolean binary) {
    if (phase == Phase.OPEN) {
      var spec = new ProxyHeaderSpec(binary, TlvChoice.NONE, List.of());
      dial.send(new ProxyHeader(spec, endpoint.access().tlvs(), null));
    }
  }

  private void flush() {
    flushAsked = false;
    if (phase == Phase.OPEN || phase == Phase.FLUSHING) {
      channel().flush();
      look();
    }
  }

  private void look() {
    if (unsent != null) {
      unsent.look();
    }
  }

  private void onOutputEnd(boolean sentAll) {
    if (phase != Phase.OPEN || !sentAll) {
      return;
    }
    outputEnded = true;
    if (inputEnded) {
      destroy(false, true);
      loop.turn().post(this, ENDED);
    } else {
      OutputEnd.end(channel());
    }
  }

  public boolean writable() {
    return phase == Phase.OPEN && channel().isWritable();
  }

  /// Gives the connection up at once. Nothing is told any more.
  ///
  /// @param asReset the service is reset
  public void close(boolean asReset) {
    generation++;
    if (phase == Phase.CLOSED) {
      return;
    }
    if (phase == Phase.CONNECTING) {
      cells(ClusterStats.UPSTREAM_RQ_CANCELLED);
      endPending();
    } else if (asReset && channel().isActive()) {
      channel().config().setOption(ChannelOption.SO_LINGER, 0);
    }
    destroy(false, phase != Phase.CONNECTING);
  }

  /// Gives the connection up when what was written has left, or when nothing has left for that
  /// long. Answers whether it has to wait; then `done` is told of the end.
  ///
  /// @param idleMillis 0 = as long as it takes
  public boolean closeWhenFlushed(long idleMillis, Runnable done) {
    if (phase != Phase.OPEN) {
      close(false);
      return false;
    }
    flush();
    var written = channel().unsafe().outboundBuffer();
    if (written == null || written.totalPendingWriteBytes() == 0) {
      close(false);
      return false;
    }
    generation++;
    phase = Phase.FLUSHING;
    whenFlushed = done;
    flushIdleMillis = idleMillis;
    channel().config().setAutoRead(false);
    channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    if (idleMillis > 0) {
      timer.arm(idleMillis);
    }
    return true;
  }

  @Override
  public void hold(Hold cause) {
    if (holds.hold(cause) && phase == Phase.OPEN) {
      channel().config().setAutoRead(false);
      cells(ClusterStats.UPSTREAM_FLOW_CONTROL_PAUSED_READING_TOTAL);
    }
  }

  @Override
  public void release(Hold cause) {
    if (holds.release(cause) && phase == Phase.OPEN) {
      channel().config().setAutoRead(true);
      cells(ClusterStats.UPSTREAM_FLOW_CONTROL_RESUMED_READING_TOTAL);
    }
  }

  public HostPort localAddress() {
    return localAddress;
  }

  /// How it is secured; null = not at all.
  public @Nullable TlsInfo tls() {
    return dial.tls();
  }

  public long connectionId() {
    return id;
  }

  public long connectBegunNanos() {
    return startNanos;
  }

  public long connectedNanos() {
    return connectedNanos;
  }

  // ---- the end

  /// Our own checks say something else of the host, perhaps: as soon as it fails, the connection
  /// ends.
  void hostJudged() {
    var failedBefore = hostFailed;
    hostFailed = host.failed();
    if (!hostFailed || failedBefore) {
      return;
    }
    if (phase == Phase.CONNECTING) {
      onConnectFailed(ResetReason.LOCAL_CONNECTION_FAILURE, "");
    } else if (phase == Phase.OPEN) {
      destroy(false, true);
      loop.turn().post(this, ENDED);
    }
  }

  private void destroy(boolean byPeer, boolean carried) {
    if (phase == Phase.CLOSED) {
      return;
    }
    phase = Phase.CLOSED;
    cluster.closed(this);
    timer.cancel();
    if (unsent != null) {
      unsent.close();
    }
    if (carried) {
      counts.streamEnded();
      host.requestEnded();
    }
    counts.destroyed(byPeer, carried, (loop.clock().nanoTime() - startNanos) / 1_000_000);
    permit.release();
    dial.end();
    var told = whenFlushed;
    whenFlushed = null;
    if (told != null) {
      told.run();
    }
  }

  private void onTimer() {
    if (phase == Phase.CONNECTING) {
      cells(ClusterStats.UPSTREAM_CX_CONNECT_TIMEOUT);
      onConnectFailed(ResetReason.CONNECTION_TIMEOUT, "");
    } else if (phase == Phase.FLUSHING) {
      destroy(false, true);
    }
  }

  // ---- the channel

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    loop.turn().begin();
    try {
      var bytes = (ByteBuf) message;
      counts.cluster().add(ClusterStats.UPSTREAM_CX_RX_BYTES_TOTAL, bytes.readableBytes());
      if (phase == Phase.OPEN) {
        sink.onBytes(bytes, false);
      } else {
        bytes.release();
      }
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
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inTurn(this::onInputEnd);
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  private void onInputEnd() {
    if (phase != Phase.OPEN) {
      return;
    }
    inputEnded = true;
    sink.onBytes(Unpooled.EMPTY_BUFFER, true);
    if (outputEnded && phase == Phase.OPEN) {
      destroy(true, true);
      loop.turn().post(this, ENDED);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    inTurn(
        () -> {
          var told = phase == Phase.OPEN;
          if (told || phase == Phase.FLUSHING) {
            destroy(told, true);
          }
          if (told) {
            sink.onClosed(reset);
          }
        });
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    inTurn(
        () -> {
          if (phase == Phase.OPEN) {
            var writable = channel().isWritable();
            cells(
                writable
                    ? ClusterStats.UPSTREAM_FLOW_CONTROL_DRAINED_TOTAL
                    : ClusterStats.UPSTREAM_FLOW_CONTROL_BACKED_UP_TOTAL);
            sink.onUpstreamWritable(writable);
          } else if (phase == Phase.FLUSHING && flushIdleMillis > 0) {
            timer.arm(flushIdleMillis);
          }
        });
  }

  /// A broken transport; the close that follows tells the rest.
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("[C{}] {}: {}", id, host.address(), cause.toString());
    reset |= cause instanceof IOException && !(cause instanceof ClosedChannelException);
    context.close();
  }

  private void inTurn(Runnable event) {
    loop.turn().handle(this, event);
  }

  // ---- signals

  @Override
  public int generation() {
    return generation;
  }

  @Override
  public void onSignal(int signal) {
    switch (signal) {
      case Dial.CONNECTED -> onConnected();
      case OVERFLOWN -> sink.onConnectFailed(ResetReason.OVERFLOW, "");
      default -> sink.onClosed(reset);
    }
  }

  @Override
  public void onBug(Throwable bug) {
    LOG.error("[C{}] connection to {} failed", id, host.address(), bug);
    var before = phase;
    close(false);
    if (before == Phase.OPEN) {
      sink.onClosed(false);
    } else if (before == Phase.CONNECTING) {
      sink.onConnectFailed(ResetReason.LOCAL_CONNECTION_FAILURE, "");
    }
  }
}
