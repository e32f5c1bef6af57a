package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;

/// What one stream adds to the statistics of the cluster that it goes to. Main loop only.
final class ClusterStreamCounts implements StreamCounts {
  private final StatOwner cluster;
  private final StatCells cells;
  private boolean connected;

  ClusterStreamCounts(StatOwner cluster, Loop loop) {
    this.cluster = cluster;
    this.cells = cluster.cells(loop.index());
  }

  @Override
  public void begun() {
    cells.inc(ClusterStats.UPSTREAM_RQ_TOTAL);
    cells.inc(ClusterStats.UPSTREAM_RQ_ACTIVE);
  }

  @Override
  public void ready() {
    connected = true;
  }

  @Override
  public void cancelled() {
    over(ClusterStats.UPSTREAM_RQ_CANCELLED);
  }

  @Override
  public void ended(int code) {
    over(ClusterStats.UPSTREAM_RQ_RX_RESET);
  }

  private void over(int how) {
    cells.dec(ClusterStats.UPSTREAM_RQ_ACTIVE);
    if (connected) {
      cluster.add(how, 1);
    }
  }
}
