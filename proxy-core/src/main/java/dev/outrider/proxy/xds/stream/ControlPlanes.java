package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.xds.grpc.ClusterCounts;
import dev.outrider.proxy.xds.grpc.ClusterDial;
import dev.outrider.proxy.xds.grpc.ConnectionPool;
import java.util.HashMap;
import java.util.Map;

/// The control planes that are talked to by gRPC, over connections that all streams to one of them
/// share. Main loop only.
public final class ControlPlanes {
  private final Loop loop;
  private final MetricRegistry metrics;
  private final Map<ClusterDial, ConnectionPool> pools = new HashMap<>();

  public ControlPlanes(Loop loop, MetricRegistry metrics) {
    this.loop = loop;
    this.metrics = metrics;
  }

  /// A transport to one of them, for the life of the process.
  ///
  /// @param cluster the control plane, with at least one static endpoint
  public AdsTransport transport(
      Cluster cluster, DiscoveryService source, AdsTransport.Service service) {
    var stats = metrics.owner(ClusterStats.TEMPLATE, "cluster." + cluster.statName());
    return new GrpcAdsTransport(
        loop,
        pool(new ClusterDial(cluster, source.call().authority()), stats),
        () -> new StreamCounts(stats, loop),
        source.call(),
        service);
  }

  private ConnectionPool pool(ClusterDial dial, StatOwner stats) {
    return pools.computeIfAbsent(
        dial, _ -> new ConnectionPool(loop, dial, new ClusterCounts(stats, loop)));
  }
}
