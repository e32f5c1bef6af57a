package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.DrainOptions.Strategy;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.downstream.ConnectionBudget;
import dev.outrider.proxy.downstream.Listener;
import dev.outrider.proxy.downstream.ServerDrain;
import dev.outrider.proxy.downstream.ServingContext;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.filter.WorkerFilters;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HttpDate;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.overload.OverloadReader;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Callouts;
import dev.outrider.proxy.upstream.Connector;
import dev.outrider.proxy.upstream.Upstreams;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// What a worker owns, without the worker's thread and sockets: takes changes over in the order in
/// which `worker.Worker` does. Without a listener it is the main loop.
final class SimWorker implements WorkerContext {
  private final RuntimeReader runtime = new RuntimeReader();
  static final Duration DRAIN_TIME = Duration.ofSeconds(30);

  final FakeLoop loop;
  private final HeadStores heads = new HeadStores(true);
  private final Upstreams upstreams;
  private final CalloutClient callouts;
  private final RandomGenerator random;
  private final WorkerFilters<WorkerFilterFactory> filters;
  private final Map<String, RouteTable> routes = new HashMap<>();
  private final Map<String, Listener> current = new HashMap<>();
  private final List<Listener> listeners = new ArrayList<>();
  private final ServingContext context;

  SimWorker(
      FakeLoop loop,
      Connector connector,
      SharedClusters shared,
      MetricRegistry registry,
      SplittableRandom random) {
    this.loop = loop;
    this.upstreams = new Upstreams(loop, connector, heads, shared, random.split());
    this.callouts = new Callouts(upstreams, registry);
    this.filters = new WorkerFilters<>(this);
    this.random = random.split();
    this.context =
        new ServingContext(
            loop,
            heads,
            new HttpDate(loop.clock()),
            upstreams,
            filters,
            new WorkerFilters<>(this),
            Map.of(),
            routes::get,
            this.random,
            runtime,
            registry,
            new ServerDrain(loop, this.random, new DrainOptions(DRAIN_TIME, Strategy.GRADUAL)),
            ConnectionBudget.unlimited(),
            new OverloadReader(this.random));
  }

  void apply(ConfigChange change) {
    change.clusters().updated().values().forEach(upstreams::put);
    change.endpoints().updated().values().forEach(upstreams::put);
    routes.putAll(change.routes().updated());
    change.listeners().updated().values().forEach(this::put);
    change.listeners().removed().forEach(this::remove);
    change.routes().removed().forEach(routes::remove);
    change.endpoints().removed().forEach(name -> upstreams.put(EndpointSet.empty(name)));
    change.clusters().removed().forEach(upstreams::remove);
  }

  private void put(ListenerConfig config) {
    var known = current.get(config.name());
    if (known != null) {
      known.update(config);
    } else {
      var listener = new Listener(context, config);
      current.put(config.name(), listener);
      listeners.add(listener);
    }
  }

  private void remove(String name) {
    var known = current.remove(name);
    if (known != null) {
      known.retire();
    }
  }

  /// False if nobody listens.
  boolean accept(String name, Channel channel) {
    var listener = current.get(name);
    if (listener == null) {
      return false;
    }
    loop.turn().begin();
    try {
      listener.accept(channel);
    } finally {
      loop.turn().endAndFlush();
    }
    return true;
  }

  /// The process is asked to end; a listener that comes later serves all the same.
  void drain() {
    upstreams.drain();
    listeners.forEach(Listener::endSoon);
    current.clear();
  }

  /// Ends every connection.
  void closeAll() {
    drain();
    List.copyOf(listeners).forEach(Listener::closeAll);
    upstreams.drain();
  }

  void assertNothingLeft() {
    assertThat(listeners.stream().mapToInt(Listener::connectionCount).sum())
        .as("connections")
        .isZero();
    assertThat(filters.size()).as("filter factories in use").isZero();
    assertThat(heads.outstanding()).as("heads in use").isZero();
    assertThat(loop.waitingTasks()).as("tasks").isZero();
    assertThat(loop.armedTimers()).as("armed timers").isZero();
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
  public RuntimeReader runtime() {
    return runtime;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public HeadStores heads() {
    return heads;
  }
}
