package dev.outrider.bench;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
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
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

/// How long a whole proxy takes from a response to its ACK: many clusters with ten endpoints each,
/// then one endpoint that changes, then one cluster more. CPU time is of the whole process, the
/// sending side (which only writes bytes that were made before) included. Of the changes the least
/// time and the mean CPU time.
final class ConfigSpeed {
  private static final int ENDPOINTS = 10;
  private static final int CHANGES = 50;
  private static final int WARM_UP = 4;

  private final boolean delta;
  private final int clusters;
  private int version;

  private ConfigSpeed(boolean delta, int clusters) {
    this.delta = delta;
    this.clusters = clusters;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    new ConfigSpeed(true, 1_000).measure("cold");
    for (int i = 0; i < WARM_UP; i++) {
      new ConfigSpeed(i % 2 == 0, 1_000).measure("warming up");
    }
    new ConfigSpeed(true, 1_000).measure("warm");
    new ConfigSpeed(false, 1_000).measure("warm");
    new ConfigSpeed(true, 10_000).measure("warm");
    System.exit(0);
  }

  private void measure(String how) throws IOException, InterruptedException {
    try (var plane = new BytePlane()) {
      var sets = new LinkedHashMap<String, Message>();
      var all = new LinkedHashMap<String, Message>();
      for (int i = 0; i < clusters; i++) {
        all.put("c" + i, cluster("c" + i));
        sets.put("c" + i, endpoints("c" + i, 1));
      }
      var loaded =
          List.of(response(ResourceKind.CLUSTER, all), response(ResourceKind.ENDPOINTS, sets));
      var loading = new ArrayList<Spent>();
      var before = Held.here();
      var starting =
          Thread.startVirtualThread(
              () -> {
                try {
                  loading.add(load(plane, loaded));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      var server = ProxyRig.start(new BootstrapSource(null, bootstrap(plane.port())));
      starting.join();
      var held = Held.here().bytes() - before.bytes();
      say(how, "loaded", loading.getFirst());
      System.out.printf(
          Locale.ROOT, "%54s %8.1f KB of heap per cluster%n", "", held / 1024.0 / clusters);
      say(how, "one endpoint changed", changed(plane, sets));
      if (delta) {
        say(how, "one cluster added", added(plane));
      }
      server.close();
    }
  }

  private void say(String how, String what, Spent spent) {
    System.out.printf(
        Locale.ROOT,
        "%-6s %6d clusters, %-10s %-22s %8.2f ms, CPU %8.2f ms%n",
        delta ? "delta" : "sotw",
        clusters,
        how,
        what,
        spent.wallNanos / 1e6,
        spent.cpuNanos / 1e6);
  }

  /// What something took.
  private record Spent(long wallNanos, long cpuNanos) {}

  /// Until clusters and endpoints are acknowledged.
  private Spent load(BytePlane plane, List<byte[]> responses) throws InterruptedException {
    await(plane, ResourceKind.CLUSTER, false);
    long wall = System.nanoTime();
    long cpu = cpu();
    plane.send(responses.getFirst());
    await(plane, ResourceKind.ENDPOINTS, false);
    plane.send(responses.getLast());
    await(plane, ResourceKind.ENDPOINTS, true);
    var spent = new Spent(System.nanoTime() - wall, cpu() - cpu);
    // Listeners were asked for before the endpoints were acknowledged.
    plane.send(response(ResourceKind.LISTENER, Map.of()));
    await(plane, ResourceKind.LISTENER, true);
    return spent;
  }

  private Spent changed(BytePlane plane, Map<String, Message> sets) throws InterruptedException {
    return least(
        plane,
        ResourceKind.ENDPOINTS,
        i -> {
          var changed = Map.<String, Message>of("c7", endpoints("c7", 1_000 + i));
          if (delta) {
            return response(ResourceKind.ENDPOINTS, changed);
          }
          sets.putAll(changed);
          return response(ResourceKind.ENDPOINTS, sets);
        });
  }

  private Spent added(BytePlane plane) throws InterruptedException {
    return least(
        plane,
        ResourceKind.CLUSTER,
        i -> {
          var name = "n" + i;
          var fixed =
              Cluster.newBuilder().setName(name).setLoadAssignment(endpoints(name, 1)).build();
          return response(ResourceKind.CLUSTER, Map.of(name, fixed));
        });
  }

  private Spent least(BytePlane plane, ResourceKind kind, IntFunction<byte[]> responses)
      throws InterruptedException {
    long wall = Long.MAX_VALUE;
    long cpu = 0;
    for (int i = 0; i < CHANGES; i++) {
      var response = responses.apply(i);
      long wallBefore = System.nanoTime();
      long cpuBefore = cpu();
      plane.send(response);
      await(plane, kind, true);
      wall = Math.min(wall, System.nanoTime() - wallBefore);
      cpu += cpu() - cpuBefore; // which is told in ticks: the mean is what can be known
    }
    return new Spent(wall, cpu / CHANGES);
  }

  private static long cpu() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }

  /// The next request of a kind; others are passed over.
  ///
  /// @param answer one that answers a response
  private void await(BytePlane plane, ResourceKind kind, boolean answer)
      throws InterruptedException {
    while (!is(plane.request(), kind, answer)) {}
  }

  private boolean is(byte[] bytes, ResourceKind kind, boolean answer) {
    try {
      if (delta) {
        var request = DeltaDiscoveryRequest.parseFrom(bytes);
        return kind.typeUrl().equals(request.getTypeUrl())
            && answer != request.getResponseNonce().isEmpty();
      }
      var request = DiscoveryRequest.parseFrom(bytes);
      return kind.typeUrl().equals(request.getTypeUrl())
          && answer != request.getResponseNonce().isEmpty();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the proxy sent no request", e);
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

  private static Cluster cluster(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(Cluster.DiscoveryType.EDS)
        .setEdsClusterConfig(
            Cluster.EdsClusterConfig.newBuilder()
                .setEdsConfig(
                    ConfigSource.newBuilder().setAds(AggregatedConfigSource.getDefaultInstance())))
        .build();
  }

  private static ClusterLoadAssignment endpoints(String name, int firstPort) {
    var locality = LocalityLbEndpoints.newBuilder();
    for (int i = 0; i < ENDPOINTS; i++) {
      locality.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(
                  Endpoint.newBuilder()
                      .setAddress(
                          Address.newBuilder()
                              .setSocketAddress(
                                  SocketAddress.newBuilder()
                                      .setAddress("10.0.0.1")
                                      .setPortValue(firstPort + i)))));
    }
    return ClusterLoadAssignment.newBuilder().setClusterName(name).addEndpoints(locality).build();
  }

  private String bootstrap(int port) {
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
}
