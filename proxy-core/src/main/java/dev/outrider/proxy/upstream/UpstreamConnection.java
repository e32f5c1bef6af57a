package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Limit;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.TlsContext;
import dev.outrider.proxy.tls.TlsInfo;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection of a pool to its endpoint: what it counts, how it rests and how it ends; how it
/// comes about is its [Dial]'s. What travels on it is the subclass's, one for each version of HTTP.
/// Owned by the loop of its pool.
abstract class UpstreamConnection extends Dial.Owner {
  private enum Phase {
    CONNECTING,
    OPEN,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger("client");

  final EndpointPool pool;
  final Upstreams home;
  final ConnectionCounts counts;
  private final @Nullable HttpVersion version;
  private final int generation;
  private final long id;
  private final Permit permit;
  private final Timer timer;
  private final long startNanos;
  private long connectedNanos;
  private final Dial dial;
  private @Nullable UnsentBytes unsent;
  private HostPort localAddress = Dial.UNKNOWN;
  private Phase phase = Phase.CONNECTING;
  private UpstreamHttpOptions options;
  private @Nullable Timer lifetime;
  private boolean old;
  private int expected = -1;
  private int requests;

  /// The pool's mark: the connection stands in its list of those that take requests.
  boolean listed;

  /// @param version null = it is known when there is a connection
  UpstreamConnection(EndpointPool pool, @Nullable HttpVersion version) {
    this.pool = pool;
    this.home = pool.cluster().home();
    this.counts = pool.counts();
    this.version = version;
    this.generation = pool.generation();
    this.options = pool.cluster().config().http();
    this.dial = new Dial(this, pool, pool.security(), false);
    this.id = home.nextConnectionId();
    this.timer = home.loop().timers().newTimer(this::onTimer);
    this.startNanos = home.loop().clock().nanoTime();
    this.permit = new Permit();
  }

  /// Goes on with what another one has begun, and with what that counts for.
  UpstreamConnection(UpstreamConnection begun, HttpVersion version) {
    this.pool = begun.pool;
    this.home = begun.home;
    this.counts = begun.counts;
    this.version = version;
    this.options = begun.options;
    this.dial = begun.dial;
    this.id = begun.id;
    this.timer = home.loop().timers().newTimer(this::onTimer);
    this.startNanos = begun.startNanos;
    this.generation = begun.generation;
    this.permit = begun.permit;
    this.expected = begun.expected();
    counts.speaks(version);
  }

  // ---- for the pool

  /// False if the cluster has as many connections as it may; an endpoint always gets its first.
  final boolean takePermit(Limit connections, boolean first) {
    if (permit.tryTake(connections)) {
      return true;
    }
    if (first) {
      permit.takeAnyway(connections);
    }
    return first;
  }

  final void connect() {
    counts.opened();
    if (version != null) {
      counts.speaks(version);
    }
    timer.arm(pool.cluster().config().connections().connectTimeout().toMillis());
    dial.start();
  }

  /// How many attempts it takes now; while it connects, how many it is expected to take.
  abstract int capacity();

  /// The capacity that it had when it was made.
  final int expected() {
    if (expected < 0) {
      expected = capacity();
    }
    return expected;
  }

  /// Takes an attempt: one of [#capacity].
  final void carry(UpstreamStream stream) {
    timer.cancel();
    requests++;
    begin(stream);
  }

  /// There is nothing to do: wait in the pool.
  final void rest() {
    var timeout = options().limits().idleTimeout();
    if (!timeout.isZero()) {
      timer.arm(timeout.toMillis());
    }
  }

  /// Whether the cluster has changed how HTTP is spoken or secured since this connection was made,
  /// or wants others for another reason.
  @SuppressWarnings("ReferenceEquality") // equal options are made one, so that this is cheap
  final boolean outdated() {
    var current = pool.cluster().config().http();
    if (options != current && options.equals(current)) {
      options = current; // compared once per version of the cluster
    }
    return options != current
        || dial.security() != pool.security()
        || generation != pool.generation();
  }

  /// No further attempts; closes as soon as it carries nothing.
  abstract void drain();

  /// Ends a connection that carries nothing.
  final void close() {
    destroy(false, false);
  }

  // ---- for the subclass

  /// The transport is there.
  abstract void onOpen(Channel opened);

  abstract void begin(UpstreamStream stream);

  /// Whether an attempt is under way.
  abstract boolean busy();

  /// *Takes* bytes that have arrived; never after the end.
  abstract void onBytes(ByteBuf bytes);

  abstract void onPeerClosed();

  abstract void onWritable(boolean writable);

  /// Something that must be told with nobody on the stack; `signal` from 1 on.
  abstract void onPosted(int signal);

  /// Lets go of everything that is held; called once.
  abstract void onDestroyed();

  /// Ends the connection, and with it what it carries.
  abstract void fail(ResetReason why, String detail, boolean byPeer);

  final UpstreamHttpOptions options() {
    return options;
  }

  final boolean open() {
    return phase == Phase.OPEN;
  }

  @Override
  final boolean connecting() {
    return phase == Phase.CONNECTING;
  }

  /// Whether it has been there for so long that it takes no more requests.
  final boolean old() {
    return old;
  }

  /// How many more requests the options allow.
  final int requestsLeft() {
    var limit = options().limits().requestsPerConnection();
    return limit == 0 ? Integer.MAX_VALUE : Math.max(0, limit - requests);
  }

  final Channel channel() {
    return dial.channel();
  }

  /// Has what was written leave.
  final void flushNow() {
    channel().flush();
    if (unsent != null) {
      unsent.look();
    }
  }

  /// *Takes* the bytes; they leave with the next flush of the channel.
  public final void write(ByteBuf bytes) {
    counts.cluster().add(ClusterStats.UPSTREAM_CX_TX_BYTES_TOTAL, bytes.readableBytes());
    channel().write(bytes, channel().voidPromise());
  }

  /// @param withStream an attempt was under way
  final void destroy(boolean byPeer, boolean withStream) {
    if (phase == Phase.CLOSED) {
      return;
    }
    if (phase == Phase.OPEN) {
      counts.cluster().record(ClusterStats.UPSTREAM_RQ_PER_CX, requests);
    }
    phase = Phase.CLOSED;
    timer.cancel();
    if (lifetime != null) {
      lifetime.cancel();
    }
    if (unsent != null) {
      unsent.close();
    }
    onDestroyed();
    permit.release();
    counts.destroyed(byPeer, withStream, millisSinceStart());
    dial.end();
    pool.onClosed(this);
  }

  // ---- how it comes about

  @Override
  final @Nullable TlsContext lease(ClientTls tls) {
    return version == null ? tls.leaseEither() : tls.lease(version);
  }

  /// Who speaks on the connection from now on: this one, unless it is known only now.
  UpstreamConnection decided(@Nullable TlsInfo secured) {
    return this;
  }

  @Override
  final void onConnected() {
    if (phase != Phase.CONNECTING) {
      return;
    }
    var real = decided(dial.tls());
    if (!real.equals(this)) {
      phase = Phase.CLOSED;
      timer.cancel();
      dial.handTo(real);
      real.onConnected();
      return;
    }
    var opened = channel();
    timer.cancel();
    localAddress = dial.localAddress();
    connectedNanos = home.loop().clock().nanoTime();
    counts.connected((connectedNanos - startNanos) / 1_000_000);
    unsent =
        new UnsentBytes(
            opened,
            home.loop().timers(),
            counts.cluster(),
            ClusterStats.UPSTREAM_CX_TX_BYTES_BUFFERED);
    phase = Phase.OPEN;
    var duration = options.limits().connectionDuration();
    if (!duration.isZero()) {
      lifetime = home.loop().timers().newTimer(this::onOld);
      lifetime.arm(duration.toMillis());
    }
    onOpen(opened);
    pool.onConnected(this);
  }

  @Override
  final void onConnectFailed(ResetReason why, String detail) {
    pool.onConnectFailed(this, why, detail);
    destroy(why == ResetReason.REMOTE_CONNECTION_FAILURE, false);
  }

  private void onTimer() {
    if (phase == Phase.CONNECTING) {
      counts.cluster().inc(ClusterStats.UPSTREAM_CX_CONNECT_TIMEOUT);
      onConnectFailed(ResetReason.CONNECTION_TIMEOUT, "");
    } else if (phase == Phase.OPEN && !busy()) {
      counts.cluster().inc(ClusterStats.UPSTREAM_CX_IDLE_TIMEOUT);
      close();
    }
  }

  private void onOld() {
    counts.cluster().inc(ClusterStats.UPSTREAM_CX_MAX_DURATION_REACHED);
    old = true;
    pool.unlist(this);
    drain();
    if (phase == Phase.OPEN) {
      pool.onUnavailable();
    }
  }

  @Override
  final void onBroken(String reason) {
    if (phase == Phase.OPEN) {
      fail(ResetReason.CONNECTION_TERMINATION, reason, true);
    }
  }

  // ---- what its attempts want to know

  /// How the connection is secured; null = not at all.
  public final @Nullable TlsInfo tls() {
    return dial.tls();
  }

  public final HostPort localAddress() {
    return localAddress;
  }

  public final long connectionId() {
    return id;
  }

  public final long connectBegunNanos() {
    return startNanos;
  }

  public final long connectedNanos() {
    return connectedNanos;
  }

  // ---- the channel

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    var turn = home.loop().turn();
    turn.begin();
    try {
      var bytes = (ByteBuf) message;
      counts.cluster().add(ClusterStats.UPSTREAM_CX_RX_BYTES_TOTAL, bytes.readableBytes());
      if (phase == Phase.OPEN) {
        onBytes(bytes);
      } else {
        bytes.release();
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
    home.loop().turn().handle(this, this::onPeerClosed);
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

  /// Those of subclasses from 1 on.
  @Override
  public final void onSignal(int signal) {
    if (signal == Dial.CONNECTED) {
      onConnected();
    } else if (phase == Phase.OPEN) {
      onPosted(signal);
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
}
