package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.RestService;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import dev.outrider.proxy.xds.secret.Secrets;
import dev.outrider.proxy.xds.stream.AdsClient;
import dev.outrider.proxy.xds.stream.AdsTransport;
import dev.outrider.proxy.xds.stream.ControlPlaneStats;
import dev.outrider.proxy.xds.stream.FailoverTransport;
import dev.outrider.proxy.xds.stream.Transports;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.Map;
import java.util.Set;

/// The services that resources can come from: each is a static cluster, or has an address of its
/// own. Main loop, but for [#reaches].
final class Services implements Secrets.Services {
  private final Configuration.Spec spec;
  private final Transports transports;
  private final Map<String, Cluster> clusters;
  private final Set<String> fixed;
  private final Node node;

  /// @param transports how they are reached
  /// @param clusters that can be called by gRPC, by name
  /// @param fixed clusters that can be called by plain HTTP
  Services(
      Configuration.Spec spec,
      Transports transports,
      Map<String, Cluster> clusters,
      Set<String> fixed,
      Node node) {
    this.spec = spec;
    this.transports = transports;
    this.clusters = Map.copyOf(clusters);
    this.fixed = Set.copyOf(fixed);
    this.node = node;
  }

  @Override
  public boolean reaches(RemoteSource source) {
    return switch (source) {
      case DiscoveryService service ->
          ConfigSources.clusters(service).stream().allMatch(clusters::containsKey);
      case RestService service -> fixed.contains(service.cluster());
    };
  }

  @Override
  public AdsClient client(RemoteSource source, ControlPlaneStats stats, ResponseHandler handler) {
    return client(source, AdsTransport.Service.SECRETS, stats, handler);
  }

  /// A conversation that has not begun.
  ///
  /// @param source one that is reached
  AdsClient client(
      RemoteSource source,
      AdsTransport.Service service,
      ControlPlaneStats stats,
      ResponseHandler handler) {
    return switch (source) {
      case DiscoveryService grpc ->
          AdsClient.of(grpc, spec(transport(grpc, service), stats, handler));
      case RestService rest ->
          AdsClient.of(
              rest,
              service,
              spec(AdsTransport.NONE, stats, handler),
              transports.rest(),
              spec.types().secrets().spec());
    };
  }

  private AdsClient.Spec spec(
      AdsTransport transport, ControlPlaneStats stats, ResponseHandler handler) {
    return new AdsClient.Spec(spec.loop(), transport, node, spec.random(), stats, handler);
  }

  private AdsTransport transport(DiscoveryService source, AdsTransport.Service service) {
    var failover = source.failover();
    var first = transport(source.server(), service);
    return failover == null ? first : new FailoverTransport(first, transport(failover, service));
  }

  private AdsTransport transport(GrpcServer server, AdsTransport.Service service) {
    return transports.grpc(clusters.get(server.cluster()), server, service);
  }
}
