package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.config.CodecType;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.HttpFilterEntry;
import dev.outrider.proxy.config.HttpLimits;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ServerHeader;
import dev.outrider.proxy.downstream.HttpStats;
import dev.outrider.proxy.downstream.Listener;
import dev.outrider.proxy.downstream.ServingContext;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilters;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.HttpDate;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Callouts;
import dev.outrider.proxy.upstream.Upstreams;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// One run: clients, upstreams, filters and configuration, all driven by one random source. At each
/// step one of many things that may happen does; afterwards everything is let run out, and nothing
/// may be left over.
final class Simulation implements WorkerContext {
  private static final String CLUSTER = "svc";

  private final SplittableRandom random;
  private final FakeLoop loop = new FakeLoop(0, new FakeClock());
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final HeadStores heads = new HeadStores(true);
  private final MetricRegistry registry = new MetricRegistry(1);
  private final SharedClusters shared = new SharedClusters(registry);
  private final Upstreams upstreams;
  private final WorkerFilters filters;
  private final Listener listener;
  private final EndpointSet endpoints;
  private final List<SimClient> clients = new ArrayList<>();
  private final List<SimUpstream> connections = new ArrayList<>();
  private final List<SimFilter> streams = new ArrayList<>();
  private final AtomicInteger logged = new AtomicInteger();
  private final AccessLogger logger = _ -> logged.incrementAndGet();
  private int requests;

  /// Nobody misbehaves any more.
  private boolean calm;

  Simulation(long seed) {
    random = new SplittableRandom(seed);
    registry.owner(HttpStats.TEMPLATE, "http.sim"); // outlives its chains, to be looked at
    upstreams = new Upstreams(loop, this::connect, heads, shared, random.split());
    filters = new WorkerFilters(this);
    var cluster = cluster();
    shared.added(cluster);
    endpoints =
        EndpointSet.next(
            null,
            CLUSTER,
            new Assignment(
                CLUSTER,
                List.of(
                    new EndpointSpec(new HostPort("10.0.0.1", 1)),
                    new EndpointSpec(new HostPort("10.0.0.2", 2)))),
            1);
    upstreams.put(cluster);
    upstreams.put(endpoints);
    var context =
        new ServingContext(
            loop,
            heads,
            new HttpDate(loop.clock()),
            upstreams,
            filters,
            _ -> null,
            random.split(),
            registry,
            Duration.ofSeconds(30));
    listener = new Listener(context, config());
  }

  private Cluster cluster() {
    var limits =
        new CircuitBreakers.Thresholds(
            1 + random.nextInt(4), 1 + random.nextInt(5), 1 + random.nextInt(6), 3);
    var plain =
        Cluster.withDefaults(CLUSTER, new Discovery.Static(new Assignment(CLUSTER, List.of())));
    return new Cluster(
        CLUSTER,
        CLUSTER,
        plain.discovery(),
        plain.lbPolicy(),
        Duration.ofSeconds(5),
        2_000,
        new CircuitBreakers(limits, limits),
        new UpstreamHttpOptions(
            HttpVersion.HTTP1,
            false,
            Http1Options.DEFAULT,
            Http2Options.DEFAULT,
            new UpstreamHttpOptions.Limits(random.nextInt(4), Duration.ofSeconds(60), 100, 0)),
        plain.healthyPanicPercent(),
        false);
  }

  private ListenerConfig config() {
    var forward = new RouteAction.Forward(new ClusterChoice.Single(CLUSTER));
    var route = new Route("r", new RouteMatcher(new PathMatcher.Prefix("/", true)), forward);
    var table = new RouteTable("t", List.of(new VirtualHost("all", List.of("*"), List.of(route))));
    var entries = new ArrayList<HttpFilterEntry>();
    for (var i = random.nextInt(3); i > 0; i--) {
      entries.add(
          new HttpFilterEntry(
              "f" + i, HttpFilterFactory.of(this::newFilter), EncodedMessage.EMPTY));
    }
    if (!calm && random.nextInt(3) == 0) {
      entries.add(
          random.nextInt(entries.size() + 1),
          new HttpFilterEntry("guest", SimGuest.factory(), EncodedMessage.EMPTY));
    }
    var http =
        new HttpConnectionManagerConfig(
            "sim",
            CodecType.AUTO,
            new RouteSource.Inline(table),
            entries,
            new HttpTimeouts(40_000, 10_000, 30_000, 100_000, 60_000, 1_000),
            HttpLimits.DEFAULT,
            new Http1Options(random.nextBoolean()),
            Http2Options.DEFAULT,
            ForwardingOptions.DEFAULT,
            RequestIdOptions.DEFAULT,
            "sim",
            ServerHeader.OVERWRITE,
            List.of(logger));
    return new ListenerConfig(
        "l",
        new HostPort("10.0.0.9", 80),
        "l",
        new FilterChain("", http),
        2_000,
        0,
        ConfigOrigin.STATIC);
  }

  private SimFilter newFilter(StreamHandle handle) {
    var filter = new SimFilter(handle, random.split(), () -> calm);
    streams.add(filter);
    return filter;
  }

  private ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
    var connection = new SimUpstream(handler, random.split(), allocator, () -> calm);
    connections.add(connection);
    return connection.connected;
  }

  void run(int steps) {
    for (var i = 0; i < steps; i++) {
      step();
      settle();
    }
    runOut();
    serveAsIfNothingHadHappened();
    end();
    check();
  }

  private void step() {
    switch (random.nextInt(27)) {
      case 0 -> connectClient();
      case 1, 2, 3 -> somebody(clients, client -> client.request(++requests));
      case 4, 5, 6, 7, 8 -> somebody(clients, SimClient::deliver);
      case 9, 10, 11, 12, 13 -> somebody(connections, SimUpstream::deliver);
      case 14, 15, 16 -> somebody(connections, up -> up.finishConnect(random.nextInt(8) == 0));
      case 17, 24, 25, 26 -> somebody(clients, SimPeer::flipWritability);
      case 18 -> somebody(connections, SimPeer::flipWritability);
      case 19, 20 ->
          somebody(
              streams,
              filter -> {
                if (!filter.ended()) {
                  filter.calloutDone();
                }
              });
      case 21 -> loop.advance(Duration.ofMillis(1L << random.nextInt(13)));
      case 22 ->
          rarely(
              6,
              () -> somebody(clients, SimPeer::reset),
              () -> somebody(connections, SimPeer::reset));
      default -> rarely(10, () -> listener.update(config()), this::changeEndpoints);
    }
  }

  private void rarely(int oneIn, Runnable first, Runnable second) {
    if (random.nextInt(oneIn) == 0) {
      if (random.nextBoolean()) {
        first.run();
      } else {
        second.run();
      }
    }
  }

  private <T> void somebody(List<T> from, Consumer<T> action) {
    if (!from.isEmpty()) {
      action.accept(from.get(random.nextInt(from.size())));
    }
  }

  private void connectClient() {
    var channel = new EmbeddedChannel();
    var client = new SimClient(channel, random.split(), allocator);
    clients.add(client);
    listener.accept(channel);
  }

  private void changeEndpoints() {
    var some = random.nextInt(3);
    upstreams.put(
        new EndpointSet(
            CLUSTER, endpoints.endpoints().subList(0, some), endpoints.overprovisioningFactor()));
  }

  /// Everything that follows from what has happened by now.
  private void settle() {
    for (var round = 0; round < 2; round++) {
      loop.runTasks();
      clients.forEach(SimPeer::collect);
      List.copyOf(connections).forEach(SimPeer::collect);
    }
  }

  /// Nobody misbehaves any more, and time goes by.
  private void runOut() {
    calm = true;
    listener.update(config()); // without the guest, which never calms down
    upstreams.put(endpoints);
    for (var round = 0; round < 40 && !(allAnswered() && round > 3); round++) {
      for (var i = 0; i < 30 && deliverAll(); i++) {
        settle();
      }
      loop.advance(Duration.ofSeconds(5));
      settle();
    }
    for (var client : clients) {
      assertThat(client.answeredOrClosed()).as("a request was never answered").isTrue();
    }
  }

  /// No connection may be stuck, no permit lost, no pool blocked by what came before.
  private void serveAsIfNothingHadHappened() {
    for (var connection : connections) {
      assertThat(!connection.channel.isOpen() || connection.channel.config().isAutoRead())
          .as("an idle connection is read from")
          .isTrue();
    }
    connectClient();
    var client = clients.getLast();
    for (var i = 0; i < 4; i++) {
      var before = client.properAnswers;
      client.properRequest(++requests);
      for (var round = 0; round < 30 && client.properAnswers == before; round++) {
        deliverAll();
        settle();
      }
      assertThat(client.properAnswers).as("a plain request after it all").isEqualTo(before + 1);
    }
  }

  private void end() {
    listener.drain();
    loop.advance(Duration.ofSeconds(60));
    settle();
    listener.closeAll();
    upstreams.remove(CLUSTER);
    settle();
  }

  private boolean allAnswered() {
    return clients.stream().allMatch(SimClient::answeredOrClosed);
  }

  /// False when nothing was left to do.
  private boolean deliverAll() {
    var busy = false;
    for (var client : clients) {
      client.writable(true);
      busy |= client.hasBytesFor();
      client.deliver();
    }
    for (var up : List.copyOf(connections)) {
      busy |= up.connecting() || up.hasBytesFor();
      up.finishConnect(false);
      up.writable(true);
      up.deliver();
    }
    for (var filter : streams) {
      if (!filter.ended()) {
        busy = true;
        filter.resume();
      }
    }
    return busy;
  }

  private void check() {
    streams.forEach(
        filter -> assertThat(filter.ended()).as("a filter was not told of the end").isTrue());
    assertThat(listener.connectionCount()).isZero();
    assertThat(filters.size()).as("filter factories in use").isZero();
    assertThat(heads.outstanding()).as("heads in use").isZero();
    var breakers = Objects.requireNonNull(shared.get(CLUSTER)).breakers(Priority.DEFAULT);
    assertThat(breakers.connections().inUse()).as("connection permits").isZero();
    assertThat(breakers.pending().inUse()).as("pending permits").isZero();
    assertThat(breakers.requests().inUse()).as("request permits").isZero();
    var total = 0L;
    for (var value : registry.snapshot()) {
      if (value instanceof StatValue.Scalar scalar
          && scalar.name().equals("http.sim.downstream_rq_total")) {
        total = scalar.value();
      }
      if (value instanceof StatValue.Scalar scalar && scalar.name().endsWith("_active")) {
        assertThat(scalar.value()).as(scalar.name()).isZero();
      }
    }
    assertThat(logged.get()).as("one log line per stream").isEqualTo((int) total);
    clients.forEach(client -> client.channel.finishAndReleaseAll());
    connections.forEach(up -> up.channel.finishAndReleaseAll());
    assertThat(allocator.metric().usedHeapMemory()).as("bytes in buffers").isZero();
    assertThat(loop.waitingTasks()).isZero();
  }

  int answers() {
    return clients.stream().mapToInt(client -> client.answers).sum();
  }

  int logged() {
    return logged.get();
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public CalloutClient callouts() {
    return new Callouts(upstreams);
  }

  @Override
  public HeadStores heads() {
    return heads;
  }
}
