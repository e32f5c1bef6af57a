package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;

/// What one stream to a control plane adds to the statistics of its cluster. Each stream has a
/// connection of its own, so that one is told from the other by what became of the stream. gRPC
/// does not tell of bytes, times and pings: those stay at zero. Main loop only.
final class StreamCounts {
  private final StatOwner cluster;
  private final StatCells cells;
  private boolean connected;

  StreamCounts(StatOwner cluster, Loop loop) {
    this.cluster = cluster;
    this.cells = cluster.cells(loop.index());
  }

  /// An attempt begins.
  void begun() {
    cells.inc(ClusterStats.UPSTREAM_CX_TOTAL);
    cells.inc(ClusterStats.UPSTREAM_RQ_TOTAL);
    cells.inc(ClusterStats.UPSTREAM_RQ_ACTIVE);
  }

  /// The connection is there; may come again.
  void ready() {
    if (!connected) {
      connected = true;
      cells.inc(ClusterStats.UPSTREAM_CX_ACTIVE);
      cluster.add(ClusterStats.UPSTREAM_CX_HTTP2_TOTAL, 1);
    }
  }

  /// The end of both.
  ///
  /// @param byUs else the other side has ended it
  void over(boolean byUs) {
    cells.dec(ClusterStats.UPSTREAM_RQ_ACTIVE);
    if (!connected) {
      cluster.add(ClusterStats.UPSTREAM_CX_CONNECT_FAIL, 1);
      return;
    }
    cells.dec(ClusterStats.UPSTREAM_CX_ACTIVE);
    cluster.add(ClusterStats.UPSTREAM_CX_DESTROY, 1);
    cluster.add(
        byUs ? ClusterStats.UPSTREAM_CX_DESTROY_LOCAL : ClusterStats.UPSTREAM_CX_DESTROY_REMOTE, 1);
    cluster.add(byUs ? ClusterStats.UPSTREAM_RQ_CANCELLED : ClusterStats.UPSTREAM_RQ_RX_RESET, 1);
  }
}
