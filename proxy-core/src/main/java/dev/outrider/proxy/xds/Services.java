package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.secret.Secrets;
import dev.outrider.proxy.xds.stream.AdsClient;
import dev.outrider.proxy.xds.stream.AdsTransport;
import dev.outrider.proxy.xds.stream.ControlPlaneStats;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.Map;
import java.util.Objects;

/// The services that resources can come from: each is a static cluster. Main loop, but for
/// [#reaches].
final class Services implements Secrets.Services {
  private final Configuration.Spec spec;
  private final Configuration.TransportFactory transports;
  private final Map<String, Cluster> clusters;
  private final Node node;

  /// @param transports how they are reached
  /// @param clusters that can be called by gRPC, by name
  Services(
      Configuration.Spec spec,
      Configuration.TransportFactory transports,
      Map<String, Cluster> clusters,
      Node node) {
    this.spec = spec;
    this.transports = transports;
    this.clusters = Map.copyOf(clusters);
    this.node = node;
  }

  @Override
  public boolean reaches(DiscoveryService source) {
    return clusters.containsKey(source.cluster());
  }

  @Override
  public AdsClient client(DiscoveryService source, ResponseHandler handler) {
    return client(source, AdsTransport.Service.SECRETS, ControlPlaneStats.NONE, handler);
  }

  /// A conversation that has not begun.
  ///
  /// @param source one that is reached
  AdsClient client(
      DiscoveryService source,
      AdsTransport.Service service,
      ControlPlaneStats stats,
      ResponseHandler handler) {
    var cluster = Objects.requireNonNull(clusters.get(source.cluster()), source.cluster());
    return AdsClient.of(
        source,
        new AdsClient.Spec(
            spec.loop(),
            transports.connect(cluster, source, service),
            node,
            spec.random(),
            stats,
            handler));
  }
}
