package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;

/// What one stream to a control plane adds to the statistics of its cluster. Main loop only.
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
    cells.inc(ClusterStats.UPSTREAM_RQ_TOTAL);
    cells.inc(ClusterStats.UPSTREAM_RQ_ACTIVE);
  }

  /// There is a connection for it; may come again.
  void ready() {
    connected = true;
  }

  /// The end of it.
  ///
  /// @param byUs else the other side has ended it
  void over(boolean byUs) {
    cells.dec(ClusterStats.UPSTREAM_RQ_ACTIVE);
    if (connected) {
      cluster.add(byUs ? ClusterStats.UPSTREAM_RQ_CANCELLED : ClusterStats.UPSTREAM_RQ_RX_RESET, 1);
    }
  }
}
