package dev.outrider.proxy.xds.grpc;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;

/// What connections to a control plane add to the statistics of its cluster. gRPC does not tell of
/// bytes, times and pings: those stay at zero. Main loop only.
public final class ClusterCounts implements ConnectionCounts {
  private final StatOwner cluster;
  private final StatCells cells;

  public ClusterCounts(StatOwner cluster, Loop loop) {
    this.cluster = cluster;
    this.cells = cluster.cells(loop.index());
  }

  @Override
  public void begun() {
    cells.inc(ClusterStats.UPSTREAM_CX_TOTAL);
  }

  @Override
  public void connected() {
    cells.inc(ClusterStats.UPSTREAM_CX_ACTIVE);
    cluster.add(ClusterStats.UPSTREAM_CX_HTTP2_TOTAL, 1);
  }

  @Override
  public void failed() {
    cluster.add(ClusterStats.UPSTREAM_CX_CONNECT_FAIL, 1);
  }

  @Override
  public void abandoned() {
    ended(true);
  }

  @Override
  public void gone(boolean byUs) {
    cells.dec(ClusterStats.UPSTREAM_CX_ACTIVE);
    ended(byUs);
  }

  private void ended(boolean byUs) {
    cluster.add(ClusterStats.UPSTREAM_CX_DESTROY, 1);
    cluster.add(
        byUs ? ClusterStats.UPSTREAM_CX_DESTROY_LOCAL : ClusterStats.UPSTREAM_CX_DESTROY_REMOTE, 1);
  }
}
