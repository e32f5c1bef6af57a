package dev.outrider.bench;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a control plane of a mesh says, as bytes: clusters `c0`, `c1`, ... with ten endpoints each,
/// and a listener `main` whose routes give each cluster a host and a path of its own; every other
/// host is the first cluster's. Confined to one thread.
final class ConfigLoad {
  private static final int ENDPOINTS = 10;

  private final boolean delta;
  private final int clusters;
  private final int listenerPort;
  private final Map<String, Message> sets = new LinkedHashMap<>();
  private int version;

  /// @param delta which of the two protocols is spoken
  ConfigLoad(boolean delta, int clusters) {
    this(delta, clusters, 0);
  }

  /// The same with a listener that can be found.
  ///
  /// @param listenerPort 0 = a free one
  ConfigLoad(boolean delta, int clusters, int listenerPort) {
    this.delta = delta;
    this.clusters = clusters;
    this.listenerPort = listenerPort;
    for (int i = 0; i < clusters; i++) {
      sets.put("c" + i, endpointSet("c" + i, "10.0.0.1", 1, ENDPOINTS));
    }
  }

  boolean delta() {
    return delta;
  }

  int clusters() {
    return clusters;
  }

  /// A bootstrap that asks a control plane for everything.
  String bootstrap(int port) {
    return """
    node: {id: bench, cluster: bench}
    dynamic_resources:
      ads_config:
        api_type: %s
        transport_api_version: V3
        set_node_on_first_message_only: true
        grpc_services: [{envoy_grpc: {cluster_name: xds}}]
      cds_config: {ads: {}, initial_fetch_timeout: 0s}
      lds_config: {ads: {}, initial_fetch_timeout: 0s}
    static_resources:
      clusters:
      - name: xds
        load_assignment:
          cluster_name: xds
          endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
    """
        .formatted(delta ? "DELTA_GRPC" : "GRPC", port);
  }

  byte[] allClusters() {
    var all = new LinkedHashMap<String, Message>();
    sets.keySet().forEach(name -> all.put(name, cluster(name)));
    return response(ResourceKind.CLUSTER, all);
  }

  byte[] allEndpoints() {
    return response(ResourceKind.ENDPOINTS, sets);
  }

  /// The set of one cluster, with other ports than before.
  ///
  /// @param turn another one each time
  byte[] changedEndpoints(int turn) {
    return changedEndpoints("c7", turn);
  }

  byte[] changedEndpoints(String cluster, int turn) {
    return set(cluster, endpointSet(cluster, "10.0.0.1", 1_000 + turn % 10_000, ENDPOINTS));
  }

  /// Has the first cluster one endpoint, in this process.
  byte[] served(int port) {
    return set("c0", endpointSet("c0", "127.0.0.1", port, 1));
  }

  private byte[] set(String cluster, Message endpoints) {
    sets.put(cluster, endpoints);
    return response(ResourceKind.ENDPOINTS, delta ? Map.of(cluster, endpoints) : sets);
  }

  /// A cluster that needs no endpoints of a response of their own.
  byte[] addedCluster(int turn) {
    var name = "n" + turn;
    return response(
        ResourceKind.CLUSTER,
        Map.of(
            name,
            Cluster.newBuilder()
                .setName(name)
                .setLoadAssignment(endpointSet(name, "10.0.0.1", 1, ENDPOINTS))
                .build()));
  }

  byte[] listener() {
    var manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("bench")
            .setRds(Rds.newBuilder().setRouteConfigName("routes").setConfigSource(ads()))
            .addHttpFilters(
                HttpFilter.newBuilder()
                    .setName("envoy.filters.http.router")
                    .setTypedConfig(Any.pack(Router.getDefaultInstance())))
            .build();
    var chain =
        FilterChain.newBuilder()
            .addFilters(
                Filter.newBuilder()
                    .setName("envoy.filters.network.http_connection_manager")
                    .setTypedConfig(Any.pack(manager)));
    return response(
        ResourceKind.LISTENER,
        Map.of(
            "main",
            Listener.newBuilder()
                .setName("main")
                .setAddress(address("127.0.0.1", listenerPort))
                .addFilterChains(chain)
                .build()));
  }

  /// A route for each cluster, each in a virtual host of its own.
  byte[] routes() {
    var routes = RouteConfiguration.newBuilder().setName("routes");
    sets.keySet()
        .forEach(
            name ->
                routes.addVirtualHosts(
                    VirtualHost.newBuilder()
                        .setName(name)
                        .addDomains(name + ".bench")
                        .addDomains(name.equals("c0") ? "*" : name)
                        .addRoutes(
                            Route.newBuilder()
                                .setMatch(
                                    RouteMatch.newBuilder()
                                        .setPrefix(name.equals("c0") ? "/" : "/" + name))
                                .setRoute(RouteAction.newBuilder().setCluster(name)))));
    return response(ResourceKind.ROUTES, Map.of("routes", routes.build()));
  }

  /// Waits for the next request of a kind; others are passed over.
  ///
  /// @param answer one that answers a response
  void await(BytePlane plane, ResourceKind kind, boolean answer) throws InterruptedException {
    while (!is(plane.request(), kind, answer)) {}
  }

  /// Sends all of it, and waits for the last ACK.
  void sendAll(BytePlane plane) throws InterruptedException {
    var parts = List.of(allClusters(), allEndpoints(), listener(), routes());
    await(plane, ResourceKind.CLUSTER, false);
    send(plane, parts);
  }

  /// Sends what was made before to a proxy that has asked for clusters.
  void send(BytePlane plane, List<byte[]> parts) throws InterruptedException {
    plane.send(parts.getFirst());
    await(plane, ResourceKind.ENDPOINTS, false);
    plane.send(parts.get(1));
    await(plane, ResourceKind.ENDPOINTS, true);
    plane.send(parts.get(2)); // it was asked for before the endpoints were acknowledged
    await(plane, ResourceKind.ROUTES, false);
    plane.send(parts.getLast());
    await(plane, ResourceKind.ROUTES, true);
  }

  private boolean is(byte[] bytes, ResourceKind kind, boolean answer) {
    try {
      if (delta) {
        var request = DeltaDiscoveryRequest.parseFrom(bytes);
        require(request.getErrorDetail().getMessage());
        return kind.typeUrl().equals(request.getTypeUrl())
            && answer != request.getResponseNonce().isEmpty();
      }
      var request = DiscoveryRequest.parseFrom(bytes);
      require(request.getErrorDetail().getMessage());
      return kind.typeUrl().equals(request.getTypeUrl())
          && answer != request.getResponseNonce().isEmpty();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the proxy sent no request", e);
    }
  }

  private static void require(String refusal) {
    if (!refusal.isEmpty()) {
      throw new IllegalStateException("refused: " + refusal);
    }
  }

  private byte[] response(ResourceKind kind, Map<String, Message> resources) {
    var text = Integer.toString(++version);
    if (delta) {
      var response =
          DeltaDiscoveryResponse.newBuilder()
              .setTypeUrl(kind.typeUrl())
              .setNonce(text)
              .setSystemVersionInfo(text);
      resources.forEach(
          (name, message) ->
              response.addResources(
                  Resource.newBuilder()
                      .setName(name)
                      .setVersion(text)
                      .setResource(Any.pack(message))));
      return response.build().toByteArray();
    }
    var response =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(kind.typeUrl())
            .setNonce(text)
            .setVersionInfo(text);
    resources.values().forEach(message -> response.addResources(Any.pack(message)));
    return response.build().toByteArray();
  }

  private static ConfigSource ads() {
    return ConfigSource.newBuilder().setAds(AggregatedConfigSource.getDefaultInstance()).build();
  }

  private static Cluster cluster(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(Cluster.DiscoveryType.EDS)
        .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ads()))
        .build();
  }

  private static ClusterLoadAssignment endpointSet(
      String name, String host, int firstPort, int count) {
    var locality = LocalityLbEndpoints.newBuilder();
    for (int i = 0; i < count; i++) {
      locality.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(Endpoint.newBuilder().setAddress(address(host, firstPort + i))));
    }
    return ClusterLoadAssignment.newBuilder().setClusterName(name).addEndpoints(locality).build();
  }

  private static Address address(String host, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(host).setPortValue(port))
        .build();
  }
}
