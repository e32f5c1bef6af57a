package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.Discovered;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.config.RouteDemands;
import dev.outrider.proxy.downstream.ServerDrain;
import dev.outrider.proxy.downstream.ServingContext;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.filter.WorkerFilters;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HttpDate;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.overload.OverloadReader;
import dev.outrider.proxy.overload.OverloadState;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Callouts;
import dev.outrider.proxy.upstream.Upstreams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// One event loop and everything it owns: listeners, connections, streams, pools, filters.
/// Configuration comes as a task and is taken over in time proportional to the change.
public final class Worker implements WorkerContext {
  private final NettyLoop loop;
  private final HeadStores heads = new HeadStores();
  private final RandomGenerator random;
  private final Upstreams upstreams;
  private final CalloutClient callouts;
  private final RuntimeReader runtime = new RuntimeReader();
  private final WorkerRoutes routes;
  private final ServerDrain drain;
  private final OverloadReader overload;
  private final Listeners listeners;
  private final WorkerFilters<WorkerFilterFactory> filters = new WorkerFilters<>(this);
  private final WorkerFilters<WorkerNetworkFilterFactory> networkFilters =
      new WorkerFilters<>(this);
  private final Map<String, ListenerFilter> listenerFilters = new HashMap<>();

  /// @param shared sockets that it has with the other workers
  Worker(NettyLoop loop, WorkerSpec spec, SharedSockets shared) {
    this.loop = loop;
    this.routes = new WorkerRoutes(loop);
    this.random = spec.random().get();
    var connector = spec.transport().connector(loop.eventLoop());
    this.upstreams = new Upstreams(loop, connector, heads, spec.clusters(), random, spec.place());
    this.callouts = new Callouts(upstreams, spec.registry());
    this.drain = new ServerDrain(loop, random, spec.drain());
    this.overload = new OverloadReader(random);
    var context =
        new ServingContext(
            loop,
            heads,
            new HttpDate(loop.clock()),
            upstreams,
            filters,
            networkFilters,
            listenerFilters,
            routes,
            random,
            runtime,
            spec.registry(),
            drain,
            spec.connections(),
            overload);
    this.listeners =
        new Listeners(
            context,
            new SocketOpener(loop.eventLoop(), spec.transport(), shared, spec.sharesPorts()));
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public CalloutClient callouts() {
    return callouts;
  }

  @Override
  public Upstreams upstreams() {
    return upstreams;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public RuntimeReader runtime() {
    return runtime;
  }

  @Override
  public boolean healthCheckFailed() {
    return drain.healthCheckFailed();
  }

  @Override
  public HeadStores heads() {
    return heads;
  }

  /// Takes a change over. What is added comes before what points to it, what is removed goes after
  /// it.
  ///
  /// @param addresses where listeners that leave a port to the system are to bind, by name
  /// @param done told on this loop, when every listener is bound or has failed to
  void apply(
      ConfigChange change, Map<String, List<HostPort>> addresses, Consumer<ApplyReport> done) {
    loop.assertOnLoop();
    change.clusters().updated().values().forEach(this::put);
    change.endpoints().updated().values().forEach(this::put);
    routes.add(change);
    change.filters().updated().forEach(this::put);
    var report = new ApplyReport.Collector(done);
    for (var listener : change.listeners().updated().values()) {
      listeners.put(bindable(listener, addresses), report);
    }
    change.listeners().removed().forEach(listeners::remove);
    change.filters().removed().forEach(this::removeFilter);
    routes.remove(change);
    change.endpoints().removed().forEach(name -> put(EndpointSet.empty(name)));
    change.clusters().removed().forEach(upstreams::remove);
    report.allAsked();
  }

  private void put(Cluster cluster) {
    upstreams.put(cluster);
  }

  private void put(EndpointSet endpoints) {
    upstreams.put(endpoints);
  }

  private void put(String handle, Discovered config) {
    switch (config) {
      case Discovered.Http(var factory) -> filters.discovered().put(handle, factory);
      case Discovered.Network(var factory) -> networkFilters.discovered().put(handle, factory);
      case Discovered.Listener(var filter) -> listenerFilters.put(handle, filter);
    }
  }

  private void removeFilter(String handle) {
    filters.discovered().remove(handle);
    networkFilters.discovered().remove(handle);
    listenerFilters.remove(handle);
  }

  /// What the first worker got counts where the choice is left to the system.
  private static ListenerConfig bindable(
      ListenerConfig listener, Map<String, List<HostPort>> addresses) {
    var chosen = addresses.get(listener.name());
    if (chosen == null || chosen.size() != listener.sockets().size()) {
      return listener;
    }
    var places = new ArrayList<HostPort>();
    for (var i = 0; i < chosen.size(); i++) {
      var asked = listener.sockets().get(i).address();
      places.add(asked.isFixed() ? asked : chosen.get(i));
    }
    return listener.at(places);
  }

  /// Takes who is asked for route tables that are wanted, on the main loop.
  void demandRoutes(Loop mainLoop, RouteDemands demands) {
    routes.ask(mainLoop, demands);
  }

  /// Takes what the operator has decided about the health of the process.
  void healthCheckFailed(boolean failed) {
    drain.healthCheckFailed(failed);
  }

  /// Takes what overload forbids.
  void overload(OverloadState state) {
    loop.assertOnLoop();
    var before = overload.timeouts();
    overload.take(state);
    listeners.followOverload(before);
  }

  /// Has responses of the listeners that are covered end their connections, by and by.
  void drainListeners(DrainScope covered) {
    drain.begin(covered);
  }

  /// Closes the sockets of the listeners that are covered, those that are still to come included.
  /// Returns how many have been closed.
  int stopListeners(DrainScope covered) {
    loop.assertOnLoop();
    return listeners.stop(covered);
  }

  /// Accepts nothing more and lets the streams that run end; `done` is told on this loop when the
  /// last connection is gone.
  void endSoon(Runnable done) {
    loop.assertOnLoop();
    upstreams.drain();
    listeners.endSoon(done);
  }

  /// Ends every connection now.
  void closeAll() {
    loop.assertOnLoop();
    listeners.closeAll();
    upstreams.drain();
  }

  /// Connections from clients.
  int connectionCount() {
    return listeners.connectionCount();
  }
}
