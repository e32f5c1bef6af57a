package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.metrics.StatCells;
import org.jspecify.annotations.Nullable;

/// Picks from all endpoints of a priority of which too few are healthy, and counts that it did.
record PanicPicker(HostPicker all, StatCells cells) implements HostPicker {

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    cells.inc(ClusterStats.LB_HEALTHY_PANIC);
    return all.pick(context);
  }
}
