package dev.outrider.proxy.network.tcp_proxy;

import dev.outrider.proxy.cluster.AttemptResults;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.filter.network.CloseMode;
import dev.outrider.proxy.filter.network.ConnectionEnd;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.routing.RequestHash;
import dev.outrider.proxy.stream.AccessLogType;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import dev.outrider.proxy.upstream.TcpUpstream;
import dev.outrider.proxy.upstream.TcpUpstreamSink;
import dev.outrider.proxy.upstream.UpstreamCluster;
import dev.outrider.proxy.upstream.UpstreamFailures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// One client's connection, forwarded to a service. On the connection's loop.
final class TcpProxy implements NetworkFilter, TcpUpstreamSink, PickContext {
  // What Envoy calls its UpstreamFailureReason, by number, in its own spelling.
  private static final String INITIALISATION_FAILURE = "tcp_initializion_failure:";
  private static final int CONNECT_FAILED = 0;
  private static final int NO_HEALTHY_UPSTREAM = 1;
  private static final int RESOURCE_LIMIT = 2;
  private static final int NO_ROUTE = 3;

  private final WorkerTcpProxy worker;
  private final TcpProxySpec spec;
  private final NetworkHandle client;
  private final StreamInfo info;
  private final StatCells cells;
  private final RequestHash hash = new RequestHash();
  private final Timer idle;
  private final Timer maxDuration;
  private final Timer logs;
  private final Timer backOff;
  private TcpProxySpec.@Nullable Target target;
  private @Nullable TcpUpstream upstream;
  private @Nullable HostShared host;
  private boolean connected;
  private boolean clientEnded;
  private int attempts;
  private long backOffBound;
  private long toService;
  private long fromService;
  private long receivedCounted;
  private long sentCounted;

  TcpProxy(WorkerTcpProxy worker, NetworkHandle client) {
    this.worker = worker;
    this.spec = worker.spec();
    this.client = client;
    this.info = client.info();
    this.cells = worker.cells();
    var timers = client.loop().timers();
    this.idle = timers.newTimer(this::onIdle);
    this.maxDuration = timers.newTimer(this::onTooLong);
    this.logs = timers.newTimer(this::onLogTime);
    this.backOff = timers.newTimer(this::connect);
    this.backOffBound = spec.connects().backOffMillis();
    cells.inc(TcpProxyStats.CX_TOTAL);
    client.hold(Hold.SINK); // until the service is there
  }

  // ---- the way to a service

  @Override
  public NetworkStatus onNewConnection() {
    if (spec.clocks().maxMillis() > 0) {
      maxDuration.arm(worker.maxMillis());
    }
    if (spec.clocks().idleMillis() > 0) {
      idle.arm(spec.clocks().idleMillis());
    }
    if (spec.logOptions().intervalMillis() > 0) {
      logs.arm(spec.logOptions().intervalMillis());
    }
    connect();
    return NetworkStatus.STOP;
  }

  private void connect() {
    var chosen = worker.chooseTarget();
    target = chosen;
    var cluster = worker.upstreams().find(chosen.cluster());
    if (cluster == null) {
      cells.inc(TcpProxyStats.CX_NO_ROUTE);
      giveUp(ResponseFlag.NO_CLUSTER_FOUND, NO_ROUTE);
      return;
    }
    info.cluster(cluster.config().name(), cluster.config().statName());
    if (cluster.full()) {
      onFull(cluster);
    } else {
      attempt(cluster);
    }
  }

  private void attempt(UpstreamCluster cluster) {
    var endpoint = cluster.pick(this);
    if (endpoint == null) {
      giveUp(ResponseFlag.NO_HEALTHY_UPSTREAM, NO_HEALTHY_UPSTREAM);
      return;
    }
    attempts++;
    var to = info.upstream();
    to.countAttempt();
    to.endpointCount(cluster.endpoints().endpoints().size());
    to.tries(endpoint.address(), endpoint.hostname());
    to.attempt(endpoint.address(), endpoint.hostname());
    host = endpoint.shared();
    upstream = cluster.openTcp(endpoint, cluster.wishes().of(info.connection()), this);
    if (upstream == null) {
      onFull(cluster); // another worker was faster
    }
  }

  @Override
  public boolean hashed() {
    return hash.isKnown(spec.hashPolicies(), null, info);
  }

  @Override
  public long hash() {
    return hash.value();
  }

  @Override
  public LbMetadata metadataMatch() {
    return target == null ? LbMetadata.NONE : target.demands();
  }

  private void onFull(UpstreamCluster cluster) {
    cluster.cells().inc(ClusterStats.UPSTREAM_CX_OVERFLOW);
    giveUp(ResponseFlag.UPSTREAM_OVERFLOW, RESOURCE_LIMIT);
  }

  private void giveUp(ResponseFlag why, int reason) {
    info.flags().raise(why);
    client.close(CloseMode.NO_FLUSH, INITIALISATION_FAILURE + reason);
  }

  @Override
  public void onConnectFailed(ResetReason why, String detail) {
    upstream = null;
    if (why == ResetReason.CONNECTION_TIMEOUT) {
      results().onTimeout(0);
    } else if (why == ResetReason.REMOTE_CONNECTION_FAILURE) {
      results().onConnectFailed();
    }
    info.upstream().transportFailed(detail);
    var flag = UpstreamFailures.flag(why);
    if (flag == ResponseFlag.UPSTREAM_CONNECTION_FAILURE) {
      info.flags().raise(flag);
    }
    if (attempts >= spec.connects().attempts()) {
      countExceeded();
      giveUp(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED, CONNECT_FAILED);
    } else if (backOffBound == 0) {
      connect();
    } else {
      backOff.arm(worker.backOffMillis(backOffBound));
      backOffBound = Math.min(backOffBound * 2, spec.connects().maxBackOffMillis());
    }
  }

  /// A failure of the cluster that was tried last, if it is still there.
  private void countExceeded() {
    var cluster = target == null ? null : worker.upstreams().find(target.cluster());
    if (cluster != null) {
      cluster.cells().inc(ClusterStats.UPSTREAM_CX_CONNECT_ATTEMPTS_EXCEEDED);
    }
  }

  @Override
  public void onConnected() {
    var to = upstream;
    if (to == null) {
      return;
    }
    connected = true;
    results().onConnectedOnly();
    info.upstream().connected(to.localAddress(), to.connectionId());
    info.upstream().triedOver(to.connectionId());
    var tls = to.tls();
    if (tls != null) {
      info.upstream().secured(tls);
    }
    info.upstream().poolReady(to.connectedNanos() - to.connectBegunNanos());
    info.times().mark(TimePoint.UPSTREAM_CONNECT_BEGIN, to.connectBegunNanos());
    info.times().mark(TimePoint.UPSTREAM_CONNECT_END, to.connectedNanos());
    if (spec.logOptions().atStart()) {
      log(AccessLogType.TCP_UPSTREAM_CONNECTED);
    }
    if (client.stopsReading()) { // what waits for a filter before comes when that lets it through
      forward(to, client.unread(), clientEnded);
    }
    if (to.writable()) {
      client.release(Hold.SINK);
    }
    if (!client.writable()) {
      to.hold(Hold.SINK);
    }
  }

  private AttemptResults results() {
    var connectedTo = host;
    return connectedTo == null ? AttemptResults.IGNORED : connectedTo.results();
  }

  @Override
  public @Nullable HostPort originalDestination() {
    var addresses = info.connection().addresses();
    return addresses.localRestored() ? addresses.local() : null;
  }

  // ---- bytes

  @Override
  public NetworkStatus onData(BodyBuffer data, boolean end) {
    clientEnded |= end;
    var to = upstream;
    if (connected && to != null) {
      forward(to, data, end);
    }
    return NetworkStatus.STOP;
  }

  private void forward(TcpUpstream to, BodyBuffer data, boolean end) {
    touch();
    toService += data.length();
    if (data.isEmpty() && end) {
      to.write(Unpooled.EMPTY_BUFFER, true);
    }
    for (var chunk = data.poll(); chunk != null; chunk = data.poll()) {
      to.write(chunk, end && data.isEmpty());
    }
  }

  @Override
  public void onBytes(ByteBuf chunk, boolean end) {
    touch();
    fromService += chunk.readableBytes();
    client.write(chunk, end);
  }

  /// The client takes no more, or takes more again.
  @Override
  public void onWritable(boolean writable) {
    var from = upstream;
    if (connected && from != null) {
      if (writable) {
        from.release(Hold.SINK);
      } else {
        from.hold(Hold.SINK);
      }
    }
  }

  @Override
  public void onUpstreamWritable(boolean writable) {
    if (writable) {
      cells.inc(TcpProxyStats.RESUMED_READING_TOTAL);
      client.release(Hold.SINK);
    } else {
      cells.inc(TcpProxyStats.PAUSED_READING_TOTAL);
      client.hold(Hold.SINK);
    }
  }

  private void count() {
    var wire = info.sizes().downstream();
    cells.add(TcpProxyStats.CX_RX_BYTES_TOTAL, wire.received() - receivedCounted);
    cells.add(TcpProxyStats.CX_TX_BYTES_TOTAL, wire.sent() - sentCounted);
    receivedCounted = wire.received();
    sentCounted = wire.sent();
  }

  // ---- the end

  private void touch() {
    count();
    if (spec.clocks().idleMillis() > 0) {
      idle.arm(spec.clocks().idleMillis());
    }
  }

  private void onIdle() {
    cells.inc(TcpProxyStats.IDLE_TIMEOUT);
    client.close(CloseMode.NO_FLUSH, "tcp_session_idle_timeout");
  }

  private void onTooLong() {
    cells.inc(TcpProxyStats.MAX_DURATION);
    info.flags().raise(ResponseFlag.DURATION_TIMEOUT);
    client.close(CloseMode.NO_FLUSH, "max_connection_duration_reached");
  }

  @Override
  public void onClosed(boolean reset) {
    upstream = null;
    idle.cancel();
    if (reset) {
      info.flags().raise(ResponseFlag.UPSTREAM_REMOTE_RESET);
    }
    client.close(reset ? CloseMode.RESET : CloseMode.FLUSH, "");
  }

  @Override
  public void onClose(ConnectionEnd how) {
    idle.cancel();
    maxDuration.cancel();
    logs.cancel();
    backOff.cancel();
    count();
    var to = upstream;
    upstream = null;
    if (to != null) {
      leave(to, how);
    }
    log(AccessLogType.TCP_CONNECTION_END);
  }

  private void onLogTime() {
    log(AccessLogType.TCP_PERIODIC);
    logs.arm(spec.logOptions().intervalMillis());
  }

  private void log(AccessLogType type) {
    info.sizes().upstream().sent(toService, 0);
    info.sizes().upstream().received(fromService, 0);
    if (type != AccessLogType.TCP_CONNECTION_END) {
      info.times().ended(client.loop().clock().nanoTime()); // so far: the end overwrites it
    }
    info.logType(type);
    worker.accessLogs().forEach(logger -> logger.log(info));
    info.logType(AccessLogType.NOT_SET); // the listener's logs come next
  }

  /// What the client sent before it left still reaches the service.
  private void leave(TcpUpstream to, ConnectionEnd how) {
    switch (how) {
      case REMOTE -> flush(to);
      case REMOTE_RESET -> to.close(true);
      case LOCAL -> {
        if (clientEnded) {
          flush(to);
        } else {
          to.close(false);
        }
      }
    }
  }

  private void flush(TcpUpstream to) {
    if (to.closeWhenFlushed(
        spec.clocks().idleMillis(), () -> cells.dec(TcpProxyStats.UPSTREAM_FLUSH_ACTIVE))) {
      cells.inc(TcpProxyStats.UPSTREAM_FLUSH_TOTAL);
      cells.inc(TcpProxyStats.UPSTREAM_FLUSH_ACTIVE);
    }
  }
}
