package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.metrics.StatCells;
import org.jspecify.annotations.Nullable;

/// A priority of which too few endpoints are available: all are used, and it is counted.
///
/// @param all nobody where requests are to fail instead (`fail_traffic_on_panic`)
record PanicLevel(ListPicker all, StatCells cells) implements PriorityPicker.Level {

  @Override
  public @Nullable Endpoint pick(boolean degraded, long random) {
    cells.inc(ClusterStats.LB_HEALTHY_PANIC);
    return all.pick(random);
  }
}
