package dev.outrider.proxy.network.tcp_proxy;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.routing.ClusterChoice;
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

  WorkerTcpProxy(TcpProxySpec spec, WorkerContext worker, MetricRegistry registry) {
    this.spec = spec;
    this.worker = worker;
    this.stats = registry.owner(TcpProxyStats.TEMPLATE, "tcp." + spec.statPrefix());
    this.cells = stats.cells(worker.loop().index());
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
  String chooseCluster() {
    return switch (spec.clusters()) {
      case ClusterChoice.Single(var name) -> name;
      case ClusterChoice.Weighted weighted -> choose(weighted);
      case ClusterChoice.FromHeader _ -> throw new IllegalStateException("there are no headers");
    };
  }

  private String choose(ClusterChoice.Weighted weighted) {
    var sum = 0L;
    for (var cluster : weighted.clusters()) {
      sum += cluster.weight();
    }
    var left = worker.random().nextLong(sum);
    for (var cluster : weighted.clusters()) {
      left -= cluster.weight();
      if (left < 0) {
        return cluster.name();
      }
    }
    throw new IllegalStateException("weights changed");
  }
}
