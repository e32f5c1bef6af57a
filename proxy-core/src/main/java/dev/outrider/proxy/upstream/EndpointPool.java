package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.metrics.StatCells;
import java.util.ArrayDeque;

/// The HTTP/1.1 connections from one loop to one endpoint. The connection used last is used first,
/// so that those that are not needed run into their idle timeout. Requests that find none wait in
/// line; the circuit breakers they count against are shared by all loops.
final class EndpointPool {
  private final UpstreamCluster cluster;
  private final HostShared host;
  private final ConnectionCounts counts;
  private final StatCells clusterCells;
  private final ArrayDeque<Http1UpstreamConnection> idle = new ArrayDeque<>();
  private final ArrayDeque<UpstreamStream> pending = new ArrayDeque<>();
  private int connections;
  private int connecting;
  private boolean draining;

  EndpointPool(UpstreamCluster cluster, HostShared host) {
    this.cluster = cluster;
    this.host = host;
    var index = cluster.home().loop().index();
    this.clusterCells = cluster.shared().cells(index);
    this.counts = new ConnectionCounts(clusterCells, host.cells(index));
  }

  UpstreamStream open(Priority priority, UpstreamSink responses, FlowControl requests) {
    var stream = cluster.home().take();
    stream.start(this, priority, responses, requests);
    var connection = idle.pollFirst();
    if (connection != null) {
      if (stream.takeRequest()) {
        connection.carry(stream);
      } else {
        idle.addFirst(connection);
        overflow(stream);
      }
    } else if (stream.takePending()) {
      clusterCells.inc(ClusterStats.UPSTREAM_RQ_PENDING_TOTAL);
      clusterCells.inc(ClusterStats.UPSTREAM_RQ_PENDING_ACTIVE);
      pending.addLast(stream);
      connectIfNeeded(priority);
    } else {
      overflow(stream);
    }
    return stream;
  }

  /// No new requests come; what is under way ends first.
  void drain() {
    draining = true;
    for (var connection = idle.pollFirst(); connection != null; connection = idle.pollFirst()) {
      connection.close();
    }
  }

  /// The pool is used after all: its endpoint has come back.
  void undrain() {
    draining = false;
  }

  boolean isEmpty() {
    return connections == 0 && pending.isEmpty();
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
    counts.streamStarted();
    host.requestStarted();
  }

  void streamEnded() {
    counts.streamEnded();
    host.requestEnded();
  }

  ClusterShared.Breakers breakers(Priority priority) {
    return cluster.shared().breakers(priority);
  }

  int bufferLimit() {
    return cluster.bufferLimit();
  }

  // ---- for connections

  UpstreamCluster cluster() {
    return cluster;
  }

  HostShared host() {
    return host;
  }

  ConnectionCounts counts() {
    return counts;
  }

  void onConnected(Http1UpstreamConnection connection) {
    connecting--;
    onAvailable(connection);
  }

  /// A connection can carry the next request.
  void onAvailable(Http1UpstreamConnection connection) {
    for (var next = pending.pollFirst(); next != null; next = pending.pollFirst()) {
      stopWaiting(next);
      if (next.takeRequest()) {
        connection.carry(next);
        return;
      }
      overflow(next);
    }
    if (draining) {
      connection.close();
    } else {
      idle.addFirst(connection);
      connection.rest();
    }
  }

  /// Envoy's rule: one failed connection fails all requests that wait, since the host does not
  /// answer.
  void onConnectFailed(ResetReason why, String detail) {
    connecting--;
    counts.connectFailed();
    for (var next = pending.pollFirst(); next != null; next = pending.pollFirst()) {
      stopWaiting(next);
      clusterCells.inc(ClusterStats.UPSTREAM_RQ_PENDING_FAILURE_EJECT);
      next.fail(why, detail);
    }
  }

  /// The connection is gone; called once for each, after [#onConnectFailed] if it never came about.
  void onClosed(Http1UpstreamConnection connection) {
    connections--;
    idle.remove(connection);
    var waiting = pending.peekFirst();
    if (waiting != null) {
      connectIfNeeded(waiting.priority());
    } else if (draining && connections == 0) {
      cluster.onEmpty(this);
    }
  }

  private void stopWaiting(UpstreamStream stream) {
    stream.releasePending();
    clusterCells.dec(ClusterStats.UPSTREAM_RQ_PENDING_ACTIVE);
  }

  private void overflow(UpstreamStream stream) {
    clusterCells.inc(ClusterStats.UPSTREAM_RQ_PENDING_OVERFLOW);
    stream.fail(ResetReason.OVERFLOW, "");
  }

  private void connectIfNeeded(Priority priority) {
    if (connecting >= pending.size()) {
      return;
    }
    var connection = new Http1UpstreamConnection(this, cluster.home());
    if (!connection.takePermit(breakers(priority).connections(), connections == 0)) {
      clusterCells.inc(ClusterStats.UPSTREAM_CX_OVERFLOW);
      return; // waits for a connection to become available
    }
    connections++;
    connecting++;
    connection.connect();
  }
}
