package dev.outrider.proxy.network.connection_limit;

import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.runtime.RuntimeReader;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The limit of one chain on one worker. Confined to its loop, but for the count of all workers.
final class WorkerConnectionLimit implements WorkerNetworkFilterFactory {
  private final ConnectionLimitSpec spec;
  private final AtomicLong all;
  private final RuntimeReader runtime;
  private final StatOwner stats;
  private final StatCells cells;

  /// @param all connections on all workers
  WorkerConnectionLimit(
      ConnectionLimitSpec spec,
      AtomicLong all,
      Loop loop,
      RuntimeReader runtime,
      MetricRegistry registry) {
    this.spec = spec;
    this.all = all;
    this.runtime = runtime;
    this.stats =
        registry.owner(ConnectionLimitStats.TEMPLATE, "connection_limit." + spec.statPrefix());
    this.cells = stats.cells(loop.index());
  }

  @Override
  public @Nullable NetworkFilter create(NetworkHandle connection) {
    return runtime.current().flag(spec.enabledKey(), spec.enabled())
        ? new ConnectionLimit(this, connection)
        : null;
  }

  @Override
  public void close() {
    stats.release();
  }

  /// One more; false if that is too many. It counts in any case, until [#leave].
  boolean enter() {
    cells.inc(ConnectionLimitStats.ACTIVE_CONNECTIONS);
    return all.incrementAndGet() <= spec.most();
  }

  void leave() {
    all.decrementAndGet();
    cells.dec(ConnectionLimitStats.ACTIVE_CONNECTIONS);
  }

  ConnectionLimitSpec spec() {
    return spec;
  }

  /// Cells of [ConnectionLimitStats].
  StatCells cells() {
    return cells;
  }
}
