package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.config.GrpcAddress;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.xds.grpc.ClusterCounts;
import dev.outrider.proxy.xds.grpc.ClusterDial;
import dev.outrider.proxy.xds.grpc.ConnectionCounts;
import dev.outrider.proxy.xds.grpc.ConnectionPool;
import dev.outrider.proxy.xds.grpc.Dial;
import dev.outrider.proxy.xds.grpc.UriDial;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The control planes that are talked to: by gRPC over connections that all streams to one of them
/// share, or by plain HTTP. Main loop only.
public final class ControlPlanes implements Transports {
  private final Loop loop;
  private final MetricRegistry metrics;
  private final RestCalls rest;
  private final Map<Dial, ConnectionPool> pools = new HashMap<>();

  /// @param rest for those that are asked by plain HTTP
  public ControlPlanes(Loop loop, MetricRegistry metrics, RestCalls rest) {
    this.loop = loop;
    this.metrics = metrics;
    this.rest = rest;
  }

  @Override
  public RestCalls rest() {
    return rest;
  }

  @Override
  public AdsTransport grpc(
      @Nullable Cluster cluster, GrpcServer server, AdsTransport.Service service) {
    return switch (server.target()) {
      case GrpcAddress.OfCluster(var name) ->
          ofCluster(Objects.requireNonNull(cluster, name), server, service);
      case GrpcAddress.OfUri uri -> {
        var counts = new TargetStreamCounts(metrics, uri.statPrefix());
        var pool = pool(new UriDial(uri), () -> ConnectionCounts.NONE);
        yield new GrpcAdsTransport(loop, pool, () -> counts, server.call(), service);
      }
    };
  }

  private AdsTransport ofCluster(Cluster cluster, GrpcServer server, AdsTransport.Service service) {
    var stats = metrics.owner(ClusterStats.TEMPLATE, "cluster." + cluster.statName());
    return new GrpcAdsTransport(
        loop,
        pool(
            new ClusterDial(cluster, server.call().authority()),
            () -> new ClusterCounts(stats, loop)),
        () -> new ClusterStreamCounts(stats, loop),
        server.call(),
        service);
  }

  private ConnectionPool pool(Dial dial, Supplier<ConnectionCounts> counts) {
    return pools.computeIfAbsent(dial, _ -> new ConnectionPool(loop, dial, counts.get()));
  }
}
