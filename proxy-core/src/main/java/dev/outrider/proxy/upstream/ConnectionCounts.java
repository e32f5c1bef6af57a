package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.metrics.StatCells;

/// What one loop counts for the connections to one endpoint: which event moves which statistics.
///
/// @param cluster cells of [ClusterStats]
/// @param host cells of [EndpointStats]
record ConnectionCounts(StatCells cluster, StatCells host) {
  /// What is spoken on it.
  void speaks(HttpVersion version) {
    cluster.inc(
        switch (version) {
          case HTTP1 -> ClusterStats.UPSTREAM_CX_HTTP1_TOTAL;
          case HTTP2 -> ClusterStats.UPSTREAM_CX_HTTP2_TOTAL;
        });
  }

  /// Whatever is spoken on it.
  void opened() {
    cluster.inc(ClusterStats.UPSTREAM_CX_TOTAL);
    cluster.inc(ClusterStats.UPSTREAM_CX_ACTIVE);
    host.inc(EndpointStats.CX_TOTAL);
    host.inc(EndpointStats.CX_ACTIVE);
  }

  void connected(long millis) {
    cluster.record(ClusterStats.UPSTREAM_CX_CONNECT_MS, millis);
  }

  void connectFailed() {
    cluster.inc(ClusterStats.UPSTREAM_CX_CONNECT_FAIL);
    host.inc(EndpointStats.CX_CONNECT_FAIL);
  }

  /// @param withStream an attempt was under way
  void destroyed(boolean byPeer, boolean withStream, long millis) {
    cluster.dec(ClusterStats.UPSTREAM_CX_ACTIVE);
    host.dec(EndpointStats.CX_ACTIVE);
    cluster.record(ClusterStats.UPSTREAM_CX_LENGTH_MS, millis);
    cluster.inc(ClusterStats.UPSTREAM_CX_DESTROY);
    cluster.inc(
        byPeer ? ClusterStats.UPSTREAM_CX_DESTROY_REMOTE : ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
    if (withStream) {
      cluster.inc(ClusterStats.UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ);
      cluster.inc(
          byPeer
              ? ClusterStats.UPSTREAM_CX_DESTROY_REMOTE_WITH_ACTIVE_RQ
              : ClusterStats.UPSTREAM_CX_DESTROY_LOCAL_WITH_ACTIVE_RQ);
    }
  }

  void streamStarted() {
    cluster.inc(ClusterStats.UPSTREAM_RQ_TOTAL);
    cluster.inc(ClusterStats.UPSTREAM_RQ_ACTIVE);
    host.inc(EndpointStats.RQ_TOTAL);
  }

  void streamEnded() {
    cluster.dec(ClusterStats.UPSTREAM_RQ_ACTIVE);
  }

  /// HTTP/2 only, as in Envoy.
  void streamReset(ResetReason why) {
    switch (why) {
      case LOCAL_RESET -> cluster.inc(ClusterStats.UPSTREAM_RQ_TX_RESET);
      case REMOTE_RESET -> cluster.inc(ClusterStats.UPSTREAM_RQ_RX_RESET);
      case CONNECTION_TERMINATION,
          LOCAL_CONNECTION_FAILURE,
          REMOTE_CONNECTION_FAILURE,
          CONNECTION_TIMEOUT ->
          cluster.inc(ClusterStats.UPSTREAM_RQ_PENDING_FAILURE_EJECT);
      case LOCAL_REFUSED,
          REMOTE_REFUSED,
          OVERFLOW,
          CONNECT_ERROR,
          PROTOCOL_ERROR,
          OVERLOAD,
          PREMATURE_HALF_CLOSE -> {}
    }
  }
}
