package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.tls.ClientTls;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The connections from one loop to one endpoint, all of one version of HTTP and with the same TLS.
/// The connection that became free last is used first, so that those that are not needed run into
/// their idle timeout. Requests that find none wait in line; the circuit breakers they count
/// against are shared by all loops.
final class EndpointPool implements Dial.Target {
  private static final int MOST_AT_ONCE = 3;

  private final UpstreamCluster cluster;
  private final HostShared host;
  private Endpoint endpoint;
  // With what new connections begin, and what they are secured with, kept alive: the cluster that
  // it came of may have another
  // version when a pool that is retired connects once more.
  private @Nullable ClientTls security;
  private @Nullable ProxyHeaderSpec proxy;
  private final Permit permit = new Permit();
  private final ConnectionCounts counts;
  private final StatCells clusterCells;
  private final HttpVersion version;
  private final TransportSocketOptions options;
  private String hostname = "";
  // Whose capacity was not 0 when they were put here.
  private final ArrayDeque<UpstreamConnection> ready = new ArrayDeque<>();
  private final ArrayDeque<UpstreamStream> pending = new ArrayDeque<>();
  private int connections;
  private int active; // requests
  // What the connections that are on their way are expected to take.
  private long expected;
  private int generation;
  private boolean draining;
  private boolean failed;

  // What the endpoint allowed the last time that it said so.
  private int streamsAllowed = Integer.MAX_VALUE;

  EndpointPool(
      UpstreamCluster cluster,
      Endpoint endpoint,
      HttpVersion version,
      TransportSocketOptions options,
      Priority priority) {
    this.cluster = cluster;
    this.endpoint = endpoint;
    this.host = endpoint.shared();
    this.version = version;
    this.options = options;
    var index = cluster.home().loop().index();
    this.clusterCells = cluster.shared().cells(index);
    this.counts = new ConnectionCounts(clusterCells, host.cells(index));
    this.failed = host.failed();
    permit.takeAnyway(breakers(priority).pools());
    secureBy(cluster.config().tlsTo(endpoint.access()));
    proxy = cluster.config().proxyTo(endpoint.access());
  }

  /// @param newHostname of the endpoint as it is now
  UpstreamStream open(
      String newHostname, Priority priority, UpstreamSink responses, FlowControl requests) {
    hostname = newHostname;
    var stream = cluster.home().take();
    stream.start(this, priority, responses, requests);
    var connection = firstReady();
    if (connection != null) {
      if (stream.takeRequest()) {
        connection.carry(stream);
        preconnect(priority);
      } else {
        overflow(stream, ClusterStats.UPSTREAM_RQ_ACTIVE_OVERFLOW);
      }
    } else if (stream.takePending()) {
      clusterCells.inc(ClusterStats.UPSTREAM_RQ_PENDING_TOTAL);
      clusterCells.inc(ClusterStats.UPSTREAM_RQ_PENDING_ACTIVE);
      pending.addLast(stream);
      connectIfNeeded(priority);
      preconnect(priority);
    } else {
      overflow(stream, ClusterStats.UPSTREAM_RQ_PENDING_OVERFLOW);
      endIfUnused();
    }
    return stream;
  }

  /// No new requests come; what is under way ends first.
  void drain() {
    draining = true;
    renew();
  }

  /// Connections made under earlier options take no new requests.
  void renew() {
    generation++;
    for (var connection = pollReady(); connection != null; connection = pollReady()) {
      connection.drain();
    }
  }

  /// The pool is used after all: its endpoint has come back.
  void undrain() {
    draining = false;
  }

  /// Our own checks say something else of the host, perhaps. Connections to one that fails now take
  /// no new requests (Envoy `onHostHealthFailure`).
  void hostJudged() {
    var failedBefore = failed;
    failed = host.failed();
    if (failed && !failedBefore) {
      renew();
    }
  }

  boolean isEmpty() {
    return connections == 0 && pending.isEmpty();
  }

  /// Whether all that it has are connections that carry nothing.
  boolean idle() {
    return pending.isEmpty()
        && ready.size() == connections
        && ready.stream().noneMatch(UpstreamConnection::busy);
  }

  // ---- for streams

  /// A waiting stream has been cancelled.
  void forget(UpstreamStream stream) {
    if (pending.remove(stream)) {
      stopWaiting(stream);
      clusterCells.inc(ClusterStats.UPSTREAM_RQ_CANCELLED);
    }
  }

  void streamStarted() {
    active++;
    counts.streamStarted();
    host.requestStarted();
  }

  void streamEnded() {
    active--;
    counts.streamEnded();
    host.requestEnded();
  }

  ClusterShared.Breakers breakers(Priority priority) {
    return cluster.shared().breakers(priority);
  }

  HttpVersion version() {
    return version;
  }

  /// What all its attempts want.
  TransportSocketOptions options() {
    return options;
  }

  int bufferLimit() {
    return cluster.bufferLimit();
  }

  /// Grows with each [#renew].
  int generation() {
    return generation;
  }

  // ---- for connections

  @Override
  public UpstreamCluster cluster() {
    return cluster;
  }

  /// What is known of the endpoint now, in the version of the cluster that is current.
  void endpoint(Endpoint known) {
    endpoint = known;
    secureBy(cluster.config().tlsTo(known.access()));
    proxy = cluster.config().proxyTo(known.access());
  }

  private void secureBy(@Nullable ClientTls tls) {
    if (Objects.equals(tls, security)) { // by identity
      return;
    }
    if (tls != null) {
      tls.retain();
    }
    if (security != null) {
      security.release();
    }
    security = tls;
  }

  /// The pool is not used any more.
  void end() {
    permit.release();
    secureBy(null);
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  /// What new connections are secured with; null = nothing.
  @Nullable ClientTls security() {
    return security;
  }

  /// With what new connections begin; null = nothing.
  @Override
  public @Nullable ProxyHeader proxyHeader() {
    return proxy == null
        ? null
        : new ProxyHeader(proxy, endpoint.access().tlvs(), options.client());
  }

  HostShared host() {
    return host;
  }

  /// Whom a connection is to be secured with.
  @Override
  public ClientHandshake.Server server() {
    return new ClientHandshake.Server(host.address(), hostname, options);
  }

  ConnectionCounts counts() {
    return counts;
  }

  void onConnected(UpstreamConnection connection) {
    expected -= connection.expected();
    carryWaiting(connection);
    connectIfNeeded(); // it may take less than was expected
  }

  /// A connection may be able to carry another request. One that is outdated carries none, though
  /// some wait; only those that are left of a pool that drains do, as in Envoy.
  void onAvailable(UpstreamConnection connection) {
    if (!draining && connection.outdated()) {
      connection.drain();
      connectIfNeeded();
    } else {
      carryWaiting(connection);
    }
  }

  private void carryWaiting(UpstreamConnection connection) {
    while (connection.capacity() > 0) {
      var next = pending.pollFirst();
      if (next == null) {
        rest(connection);
        return;
      }
      stopWaiting(next);
      if (next.takeRequest()) {
        connection.carry(next);
      } else {
        overflow(next, ClusterStats.UPSTREAM_RQ_ACTIVE_OVERFLOW);
      }
    }
  }

  private void rest(UpstreamConnection connection) {
    if (draining || connection.outdated()) {
      connection.drain();
      return;
    }
    if (!connection.listed) {
      connection.listed = true;
      ready.addFirst(connection);
    }
    if (!connection.busy()) {
      connection.rest();
    }
  }

  /// The endpoint has said how many requests one connection may carry at once: new connections are
  /// expected to carry no more.
  void allows(int streams) {
    streamsAllowed = streams;
  }

  int streamsAllowed() {
    return streamsAllowed;
  }

  /// The connection is not for new requests.
  void unlist(UpstreamConnection connection) {
    if (connection.listed) {
      connection.listed = false;
      ready.remove(connection);
    }
  }

  /// The connection takes no more requests, though it is not closed.
  void onUnavailable() {
    connectIfNeeded();
  }

  /// Envoy's rule: one failed connection fails all requests that wait, since the host does not
  /// answer.
  void onConnectFailed(UpstreamConnection connection, ResetReason why, String detail) {
    expected -= connection.expected();
    counts.connectFailed();
    for (var next = pending.pollFirst(); next != null; next = pending.pollFirst()) {
      stopWaiting(next);
      clusterCells.inc(ClusterStats.UPSTREAM_RQ_PENDING_FAILURE_EJECT);
      next.fail(why, detail);
    }
  }

  /// The connection is gone; called once for each, after [#onConnectFailed] if it never came about.
  void onClosed(UpstreamConnection connection) {
    connections--;
    unlist(connection);
    connectIfNeeded();
    endIfUnused();
  }

  /// As in Envoy it does not outlive its connections: names that are asked for, and where clients
  /// want to go, are theirs to choose.
  private void endIfUnused() {
    if (isEmpty()) {
      cluster.onEmpty(this);
    }
  }

  private @Nullable UpstreamConnection firstReady() {
    var first = ready.peekFirst();
    while (first != null && first.capacity() == 0) {
      pollReady();
      first = ready.peekFirst();
    }
    return first;
  }

  private @Nullable UpstreamConnection pollReady() {
    var first = ready.pollFirst();
    if (first != null) {
      first.listed = false;
    }
    return first;
  }

  private void stopWaiting(UpstreamStream stream) {
    stream.releasePending();
    clusterCells.dec(ClusterStats.UPSTREAM_RQ_PENDING_ACTIVE);
  }

  private void overflow(UpstreamStream stream, int stat) {
    clusterCells.inc(stat);
    stream.fail(ResetReason.OVERFLOW, "");
  }

  /// Opens connections for those that wait, as many as the circuit breaker lets it; what waits
  /// beyond that gets its turn when a connection becomes available.
  private void connectIfNeeded() {
    var waiting = pending.peekFirst();
    if (waiting != null) {
      connectIfNeeded(waiting.priority());
    }
  }

  private void connectIfNeeded(Priority priority) {
    if (expected < pending.size()) {
      connect(priority);
    }
  }

  /// Makes room for requests that may come (Envoy `per_upstream_preconnect_ratio`): at a healthy
  /// endpoint, and no more than a few connections at a time.
  private void preconnect(Priority priority) {
    var ratio = cluster.config().connections().preconnectRatio();
    if (ratio <= 1 || draining || !endpoint.healthy()) {
      return;
    }
    for (var i = 0; i < MOST_AT_ONCE && (pending.size() + active) * ratio > room() + active; i++) {
      if (!connect(priority)) {
        return;
      }
    }
  }

  /// For how many more requests there are connections, or soon will be.
  private long room() {
    var room = expected;
    for (var connection : ready) {
      room += connection.capacity();
    }
    return room;
  }

  private boolean connect(Priority priority) {
    var connection = newConnection();
    if (!mayConnect(priority, connection)) {
      clusterCells.inc(ClusterStats.UPSTREAM_CX_OVERFLOW);
      return false;
    }
    connections++;
    expected += connection.expected();
    connection.connect();
    return true;
  }

  /// The first connection of an endpoint is always allowed, as in Envoy.
  private boolean mayConnect(Priority priority, UpstreamConnection connection) {
    var most = cluster.config().breakers().perHost().connections(priority);
    var full = most != Integer.MAX_VALUE && host.stat(EndpointStats.CX_ACTIVE) >= most;
    return connections == 0
        ? connection.takePermit(breakers(priority).connections(), true)
        : !full && connection.takePermit(breakers(priority).connections(), false);
  }

  private UpstreamConnection newConnection() {
    if (cluster.config().http().negotiated()) {
      return new NegotiatedConnection(this);
    }
    return switch (version) {
      case HTTP1 -> new Http1UpstreamConnection(this);
      case HTTP2 -> new Http2UpstreamConnection(this);
    };
  }
}
