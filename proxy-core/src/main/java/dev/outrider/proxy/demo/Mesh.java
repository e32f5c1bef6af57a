package dev.outrider.proxy.demo;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a control plane of a mesh would send beside the demo's own: many services with some
/// endpoints and a host of their own. Nobody calls them.
///
/// @param services how many
record Mesh(int services) {
  private static final int ENDPOINTS = 10;

  /// By name.
  Map<String, Any> clusters() {
    var source =
        ConfigSource.newBuilder().setAds(AggregatedConfigSource.getDefaultInstance()).build();
    var all = new LinkedHashMap<String, Any>();
    for (int i = 0; i < services; i++) {
      all.put(
          name(i),
          packed(
              DemoResources.CLUSTER,
              Cluster.newBuilder()
                  .setName(name(i))
                  .setType(Cluster.DiscoveryType.EDS)
                  .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder().setEdsConfig(source))
                  .build()));
    }
    return all;
  }

  /// By the name of their cluster.
  Map<String, Any> endpoints() {
    var all = new LinkedHashMap<String, Any>();
    for (int i = 0; i < services; i++) {
      var locality = LocalityLbEndpoints.newBuilder();
      for (int port = 1; port <= ENDPOINTS; port++) {
        locality.addLbEndpoints(
            LbEndpoint.newBuilder()
                .setEndpoint(
                    Endpoint.newBuilder()
                        .setAddress(
                            Address.newBuilder()
                                .setSocketAddress(
                                    SocketAddress.newBuilder()
                                        .setAddress("127.0.0.1")
                                        .setPortValue(port)))));
      }
      all.put(
          name(i),
          packed(
              DemoResources.ENDPOINTS,
              ClusterLoadAssignment.newBuilder()
                  .setClusterName(name(i))
                  .addEndpoints(locality)
                  .build()));
    }
    return all;
  }

  /// These routes and a virtual host for each service.
  Any routes(Any others) {
    try {
      var routes = RouteConfiguration.parseFrom(others.getValue()).toBuilder();
      for (int i = 0; i < services; i++) {
        routes.addVirtualHosts(
            VirtualHost.newBuilder()
                .setName(name(i))
                .addDomains(name(i) + ".mesh")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(RouteAction.newBuilder().setCluster(name(i)))));
      }
      return packed(DemoResources.ROUTES, routes.build());
    } catch (InvalidProtocolBufferException ours) {
      throw new IllegalStateException(ours);
    }
  }

  private static String name(int index) {
    return "service-" + index;
  }

  /// Without the descriptors that `Any.pack` asks for.
  private static Any packed(String type, MessageLite message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + type)
        .setValue(ByteString.copyFrom(message.toByteArray()))
        .build();
  }
}
