package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.OriginalHosts;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatCells;

/// Forgets, now and then, endpoints that nobody wants to go to any more. Main loop only.
final class OriginalHostSweep {
  private final OriginalHosts hosts;
  private final StatCells cells;
  private final Timer timer;
  private final long millis;

  OriginalHostSweep(Discovery.OriginalDst config, OriginalHosts hosts, StatCells cells, Loop loop) {
    this.hosts = hosts;
    this.cells = cells;
    this.millis = config.cleanupMillis();
    this.timer = loop.timers().newTimer(this::sweep);
    timer.arm(millis);
  }

  void end() {
    timer.cancel();
  }

  private void sweep() {
    if (hosts.sweep()) {
      cells.inc(ClusterStats.MEMBERSHIP_CHANGE);
    }
    timer.arm(millis);
  }
}
