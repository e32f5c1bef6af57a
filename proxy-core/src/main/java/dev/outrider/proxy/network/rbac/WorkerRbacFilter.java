package dev.outrider.proxy.network.rbac;

import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;

/// The access control of one chain on one worker. Confined to its loop.
final class WorkerRbacFilter implements WorkerNetworkFilterFactory {
  private final RbacFilterSpec spec;
  private final StatOwner stats;
  private final StatOwner shadowStats;
  private final StatCells cells;
  private final StatCells shadowCells;

  WorkerRbacFilter(RbacFilterSpec spec, Loop loop, MetricRegistry registry) {
    this.spec = spec;
    var prefix = spec.statPrefix();
    var owner = prefix.isEmpty() || prefix.endsWith(".") ? prefix + "rbac" : prefix + ".rbac";
    this.stats = registry.owner(RbacStats.TEMPLATE, owner);
    this.cells = stats.cells(loop.index());
    // The prefix of the shadow's names is configured with its dot, if it is to have one.
    this.shadowStats =
        registry.owner(RbacStats.SHADOW_TEMPLATE, shadowOwner(owner, spec.shadowPrefix()));
    this.shadowCells = shadowStats.cells(loop.index());
  }

  private static String shadowOwner(String owner, String prefix) {
    return prefix.endsWith(".") ? owner + "." + prefix.substring(0, prefix.length() - 1) : owner;
  }

  @Override
  public NetworkFilter create(NetworkHandle connection) {
    return new RbacFilter(this, connection);
  }

  @Override
  public void close() {
    stats.release();
    shadowStats.release();
  }

  RbacFilterSpec spec() {
    return spec;
  }

  /// Cells of [RbacStats].
  StatCells cells() {
    return cells;
  }

  StatCells shadowCells() {
    return shadowCells;
  }
}
