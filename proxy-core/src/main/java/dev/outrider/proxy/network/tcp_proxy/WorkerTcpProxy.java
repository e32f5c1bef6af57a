package dev.outrider.proxy.network.tcp_proxy;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.upstream.Upstreams;
import java.util.ArrayList;
import java.util.List;

/// The TCP proxy of one chain on one worker. Confined to its loop.
final class WorkerTcpProxy implements WorkerNetworkFilterFactory {
  private final TcpProxySpec spec;
  private final WorkerContext worker;
  private final StatOwner stats;
  private final StatCells cells;
  private final List<AccessLogger> accessLogs = new ArrayList<>();
  private final long totalWeight;

  WorkerTcpProxy(TcpProxySpec spec, WorkerContext worker, MetricRegistry registry) {
    this.spec = spec;
    this.worker = worker;
    this.stats = registry.owner(TcpProxyStats.TEMPLATE, "tcp." + spec.statPrefix());
    this.cells = stats.cells(worker.loop().index());
    this.totalWeight = spec.targets().stream().mapToLong(TcpProxySpec.Target::weight).sum();
    spec.accessLogs().forEach(logger -> accessLogs.add(logger.onLoop(worker.loop())));
  }

  @Override
  public NetworkFilter create(NetworkHandle connection) {
    return new TcpProxy(this, connection);
  }

  @Override
  public void close() {
    accessLogs.forEach(AccessLogger::leave);
    stats.release();
  }

  TcpProxySpec spec() {
    return spec;
  }

  /// Cells of [TcpProxyStats].
  StatCells cells() {
    return cells;
  }

  List<AccessLogger> accessLogs() {
    return accessLogs;
  }

  Upstreams upstreams() {
    return worker.upstreams();
  }

  /// Of each attempt anew.
  TcpProxySpec.Target chooseTarget() {
    var targets = spec.targets();
    var left = totalWeight == 0 ? 0 : worker.random().nextLong(totalWeight);
    for (var target : targets) {
      left -= target.weight();
      if (left < 0) {
        return target;
      }
    }
    return targets.getLast();
  }

  /// How long a connection may last from its beginning; 0 = any time.
  long maxMillis() {
    var jitter = spec.clocks().jitterMillis();
    return spec.clocks().maxMillis() + (jitter == 0 ? 0 : worker.random().nextLong(jitter));
  }

  /// How long to wait before an attempt.
  ///
  /// @param bound in ms; 0 = not at all
  long backOffMillis(long bound) {
    return bound == 0 ? 0 : worker.random().nextLong(bound);
  }
}
