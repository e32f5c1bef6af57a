package dev.outrider.proxy.simulation;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.Changes;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.routing.RouteTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Decides about the configuration: keeps what is current, takes each change itself and publishes
/// it to the worker as a task.
final class SimMainLoop {
  private final SimWorker self;
  private final SimWorker worker;
  private final SharedClusters shared;
  private final SimConfig config;
  private final Map<String, EndpointSet> endpoints = new HashMap<>();
  private final Set<String> clusters = new HashSet<>();

  SimMainLoop(SimWorker self, SimWorker worker, SharedClusters shared, SimConfig config) {
    this.self = self;
    this.worker = worker;
    this.shared = shared;
    this.config = config;
  }

  /// Everything anew.
  void publishAll() {
    SimConfig.CLUSTERS.forEach(this::updateCluster);
    SimConfig.CLUSTERS.forEach(this::updateEndpoints);
    endpoints.values().forEach(set -> set.endpoints().forEach(each -> judge(each, false)));
    endpoints.values().forEach(this::publishAgain);
    updateRoutes();
    updateListener();
    updateTcpListener();
  }

  void updateCluster(String name) {
    var cluster = config.cluster(name);
    shared.added(cluster);
    clusters.add(name);
    publish(change(Changes.all(Map.of(name, cluster)), Changes.none()), List.of());
    if (endpoints.get(name) == null) {
      updateEndpoints(name);
    }
  }

  /// With its endpoints.
  void removeCluster(String name) {
    if (clusters.remove(name)) {
      endpoints.remove(name);
      publish(
          change(
              new Changes<>(Map.<String, Cluster>of(), Set.of(name)),
              new Changes<>(Map.<String, EndpointSet>of(), Set.of(name))),
          List.of(shared.retire(name)));
    }
  }

  void updateEndpoints(String name) {
    var next = config.endpoints(name, endpoints.get(name));
    endpoints.put(name, next);
    publish(change(Changes.none(), Changes.all(Map.of(name, next))), List.of());
  }

  /// One of its endpoints fails its checks now, or passes them.
  void judgeEndpoint(String name, int index, boolean fails) {
    var set = endpoints.get(name);
    if (set != null && index < set.endpoints().size()) {
      judge(set.endpoints().get(index), fails);
      publishAgain(set);
    }
  }

  private void publishAgain(EndpointSet set) {
    publish(change(Changes.none(), Changes.all(Map.of(set.clusterName(), set))), List.of());
  }

  private static void judge(Endpoint endpoint, boolean fails) {
    if (fails) {
      endpoint.shared().mark(HealthFlag.FAILED_ACTIVE_HC);
    } else {
      endpoint.shared().unmark(HealthFlag.FAILED_ACTIVE_HC);
    }
  }

  void updateRoutes() {
    publishRoutes(Changes.all(Map.of(SimConfig.ROUTES, config.routes())));
  }

  void removeRoutes() {
    publishRoutes(new Changes<>(Map.of(), Set.of(SimConfig.ROUTES)));
  }

  private void publishRoutes(Changes<RouteTable> routes) {
    publish(new ConfigChange(Changes.none(), Changes.none(), routes, Changes.none()), List.of());
  }

  void updateListener() {
    publishListener(Changes.all(Map.of(SimConfig.LISTENER, config.listener())));
  }

  /// A new configuration of the guest, whose VM may be serving.
  void reconfigureGuest() {
    publishListener(Changes.all(Map.of(SimConfig.LISTENER, config.listener(true))));
  }

  void updateTcpListener() {
    publishListener(Changes.all(Map.of(SimConfig.TCP_LISTENER, config.tcpListener())));
  }

  /// @param name which one
  void removeListener(String name) {
    publishListener(new Changes<>(Map.of(), Set.of(name)));
  }

  private void publishListener(Changes<ListenerConfig> listeners) {
    publish(new ConfigChange(Changes.none(), Changes.none(), Changes.none(), listeners), List.of());
  }

  private static ConfigChange change(Changes<Cluster> clusters, Changes<EndpointSet> endpoints) {
    return new ConfigChange(clusters, endpoints, Changes.none(), Changes.none());
  }

  /// @param afterwards what may go when nobody has it any more
  private void publish(ConfigChange change, List<Runnable> afterwards) {
    var todo = new ArrayList<>(afterwards);
    self.loop.execute(
        () -> {
          self.apply(change);
          worker.loop.execute(
              () -> {
                worker.apply(change);
                self.loop.execute(() -> todo.forEach(Runnable::run));
              });
        });
  }
}
