package dev.outrider.proxy.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.downstream.HttpStats;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One run: clients, upstreams, filters, callouts and configuration, all driven by one random
/// source. At each step one of many things that may happen does; afterwards everything is let run
/// out, and nothing may be left over.
final class Simulation {
  /// What the proxy may hold for one peer: as of it, but for chunks that were frames, in a buffer
  /// that doubles.
  private static final int MOST_GATHERED =
      2
          * ((SimConfig.MOST_FILTERS + 1) * (SimConfig.BUFFER_LIMIT + SimPeer.FRAME)
              + SimPeer.HIGH_MARK
              + SimPeer.FRAME
              + SimPeer.HEAD);

  private static final int MOST_CLIENTS = 4;
  private static final int MOST_TCP_CLIENTS = 2;

  private final SplittableRandom random;
  private final FakeClock clock = new FakeClock();
  private final MetricRegistry registry = new MetricRegistry(2);
  private final SharedClusters shared = new SharedClusters(registry);
  private final Set<ClusterShared> everShared = Collections.newSetFromMap(new IdentityHashMap<>());
  private final SimWorker worker;
  private final SimWorker main;
  private final SimMainLoop config;
  private final List<SimClient> clients = new ArrayList<>();
  private final List<SimHttpClient> httpClients = new ArrayList<>();
  private final Map<Integer, SimTcpClient> tcpClients = new HashMap<>();
  private final SimTcpProxy tcpProxy = new SimTcpProxy(registry);
  private final List<SimUpstream> connections = new ArrayList<>();
  private final List<SimFilter> streams = new ArrayList<>();
  private final List<SimCallout> calls = new ArrayList<>();
  private int logged;
  private int requests;

  /// Nobody misbehaves any more.
  private boolean calm;

  Simulation(long seed) {
    random = new SplittableRandom(seed);
    registry.owner(HttpStats.TEMPLATE, "http.sim"); // these outlive what counts in them
    SimConfig.CLUSTERS.forEach(name -> registry.owner(ClusterStats.TEMPLATE, "cluster." + name));
    worker = new SimWorker(new FakeLoop(0, clock), this::connect, shared, registry, random.split());
    main = new SimWorker(new FakeLoop(1, clock), this::connect, shared, registry, random.split());
    var resources =
        new SimConfig(
            random.split(),
            () -> calm,
            HttpFilterFactory.of(this::newFilter),
            _ -> logged++,
            tcpProxy.factory());
    tcpProxy.keepStatistics(main);
    config = new SimMainLoop(main, worker, shared, resources);
    config.publishAll();
    settle();
  }

  private SimFilter newFilter(StreamHandle handle) {
    var filter = new SimFilter(handle, random.split(), () -> calm, done -> call(worker, done));
    streams.add(filter);
    return filter;
  }

  private @Nullable SimCallout call(SimWorker from, Runnable done) {
    var call = new SimCallout(++requests, done);
    var cluster = SimConfig.CLUSTERS.get(random.nextInt(SimConfig.CLUSTERS.size()));
    if (!call.start(from, cluster, random.nextInt(3) == 0 ? 0 : 500 + random.nextInt(5_000))) {
      return null;
    }
    calls.add(call);
    return call;
  }

  private ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
    var connection = new SimUpstream(handler, random.split(), () -> calm, tcpClients::get);
    connections.add(connection);
    return connection.connected;
  }

  void run(int steps) {
    for (var i = 0; i < steps; i++) {
      step();
      settle();
      checkWhatIsHeld();
    }
    runOut();
    serveAsIfNothingHadHappened();
    end();
    check();
  }

  private void step() {
    switch (random.nextInt(38)) {
      case 0, 1 -> connectClient();
      case 2, 3, 4, 5 ->
          somebody(httpClients, SimHttpClient::mayAsk, client -> client.request(++requests));
      case 6, 7, 8, 9, 10, 11, 12, 13 ->
          somebody(clients, SimPeer::hasSomethingFor, SimPeer::deliver);
      case 14, 15, 16, 17, 18, 19, 20, 21 ->
          somebody(connections, SimPeer::hasSomethingFor, SimPeer::deliver);
      case 22, 23, 24 ->
          somebody(
              connections,
              SimUpstream::connecting,
              connection -> connection.finishConnect(random.nextInt(8) == 0));
      case 25, 26 -> somebody(clients, SimPeer::open, SimPeer::readSomething);
      case 27 -> somebody(connections, SimPeer::open, SimPeer::readSomething);
      case 28, 29, 30 -> somebody(streams, stream -> !stream.ended(), SimFilter::calloutDone);
      case 31 -> advance(Duration.ofMillis(1L << random.nextInt(13)));
      case 32 -> breakSomething();
      case 33, 34 -> changeConfiguration();
      case 35, 36 -> connectTcpClient();
      default -> mainLoopCalls();
    }
  }

  private void breakSomething() {
    switch (random.nextInt(24)) {
      case 0 -> somebody(clients, SimPeer::open, client -> client.disturb(true));
      case 1 -> somebody(connections, SimPeer::open, up -> up.disturb(true));
      case 2 -> somebody(clients, SimPeer::open, client -> client.disturb(false));
      case 3 -> somebody(connections, SimPeer::open, up -> up.disturb(false));
      default -> {}
    }
  }

  private void changeConfiguration() {
    var cluster = SimConfig.CLUSTERS.get(random.nextInt(SimConfig.CLUSTERS.size()));
    switch (random.nextInt(40)) {
      case 0, 1 -> config.updateListener();
      case 2 -> config.updateCluster(cluster);
      case 3, 4 -> config.updateEndpoints(cluster);
      case 5 -> config.removeCluster(cluster);
      case 6, 7 -> config.updateRoutes();
      case 8 -> config.removeRoutes();
      case 9 -> config.removeListener(SimConfig.LISTENER);
      case 10 -> worker.drain();
      case 11, 12 -> config.reconfigureGuest();
      case 13 -> config.updateTcpListener();
      case 14 -> config.removeListener(SimConfig.TCP_LISTENER);
      case 15, 16 -> config.judgeEndpoint(cluster, random.nextInt(3), random.nextBoolean());
      default -> {}
    }
  }

  private void mainLoopCalls() {
    if (random.nextInt(8) == 0) {
      call(main, () -> {});
    } else {
      somebody(calls, call -> !call.over() && random.nextInt(8) == 0, SimCallout::cancel);
    }
  }

  /// One of those that are fit for it.
  private <T> void somebody(List<T> from, Predicate<? super T> fit, Consumer<? super T> action) {
    var start = from.isEmpty() ? 0 : random.nextInt(from.size());
    for (var i = 0; i < from.size(); i++) {
      var one = from.get((start + i) % from.size());
      if (fit.test(one)) {
        action.accept(one);
        return;
      }
    }
  }

  private void connectClient() {
    if (!calm && httpClients.stream().filter(SimPeer::open).count() >= MOST_CLIENTS) {
      return;
    }
    var client =
        random.nextInt(5) > 1
            ? new SimHttp1Client(random.split())
            : new SimHttp2Client(random.split());
    if (worker.accept(SimConfig.LISTENER, client.channel)) {
      clients.add(client);
      httpClients.add(client);
    }
  }

  private void connectTcpClient() {
    if (tcpClients.values().stream().filter(SimPeer::open).count() < MOST_TCP_CLIENTS) {
      connect(new SimTcpClient(random.split(), ++requests));
    }
  }

  private void connect(SimTcpClient client) {
    tcpClients.put(client.id(), client); // it may be served before it is accepted
    if (worker.accept(SimConfig.TCP_LISTENER, client.channel)) {
      clients.add(client);
    } else {
      tcpClients.remove(client.id());
    }
  }

  private void advance(Duration duration) {
    tcpClients.values().forEach(client -> client.grow(duration));
    worker.loop.advance(duration);
    main.loop.advance(Duration.ZERO); // the clock is the same
  }

  /// Everything that follows from what has happened by now.
  private void settle() {
    for (var round = 0; round < 2; round++) {
      main.loop.runTasks();
      worker.loop.runTasks();
      main.loop.runTasks();
      everybody(SimPeer::collect);
    }
    SimConfig.CLUSTERS.forEach(name -> remember(shared.get(name)));
  }

  private void remember(@Nullable ClusterShared cluster) {
    if (cluster != null) {
      everShared.add(cluster);
    }
  }

  private void checkWhatIsHeld() {
    everybody(
        peer -> {
          var streams = peer.streams();
          if (peer.heldOfIt() > peer.mostHeld() || peer.heldForIt() / streams > MOST_GATHERED) {
            fail(
                "bytes held of one %s: %s, for it: %s",
                peer.getClass().getSimpleName(), peer.heldOfIt(), peer.heldForIt());
          }
        });
  }

  /// Nobody misbehaves any more; first without, then with time going by.
  private void runOut() {
    calm = true;
    everybody(SimPeer::resetIfBroken);
    calls.forEach(SimCallout::cancel); // some have no timeout
    config.publishAll(); // without the guest, which never calms down
    settle();
    letEverythingGo();
    letRetriesGo();
    checkThatNobodyIsStuck(client -> !client.inTunnel());
    for (var i = 0; i < 2; i++) { // which is how the end of a broken tunnel is told
      advance(SimConfig.DELAYED_CLOSE.multipliedBy(2));
      letEverythingGo();
      letRetriesGo();
    }
    checkThatNobodyIsStuck(_ -> true);
    for (var round = 0; round < 40 && !(allAnswered() && round > 3); round++) {
      advance(Duration.ofSeconds(5));
      letEverythingGo();
    }
    for (var client : clients) {
      assertThat(client.answeredOrClosed())
          .as("a request was never answered: %s", client.unanswered())
          .isTrue();
      client.checkAtRest();
    }
  }

  /// All bytes arrive, everybody reads, no filter holds anything.
  private void letEverythingGo() {
    for (var before = -1L; before != moved(); ) {
      before = moved();
      for (var i = 0; i < connections.size(); i++) {
        connections.get(i).finishConnect(false);
      }
      everybody(SimPeer::readAll);
      everybody(peer -> peer.deliver(SimPeer.READ));
      for (var filter : streams) {
        if (!filter.ended()) {
          filter.resume();
        }
      }
      settle();
      checkWhatIsHeld();
    }
  }

  private void everybody(Consumer<SimPeer> action) {
    clients.forEach(action);
    for (var i = 0; i < connections.size(); i++) { // it grows meanwhile
      action.accept(connections.get(i));
    }
  }

  private long moved() {
    long moved = connections.size();
    for (var client : clients) {
      moved += client.moved;
    }
    for (var connection : connections) {
      moved += connection.moved;
    }
    return moved;
  }

  /// Some wait between two attempts.
  private void letRetriesGo() {
    for (var i = 0; i < 50 && !allAnswered(); i++) {
      advance(SimConfig.PAUSE);
      letEverythingGo();
    }
  }

  /// With nobody holding anything, only an upstream that does not answer may keep a request
  /// waiting; no timer is needed to get on.
  private void checkThatNobodyIsStuck(Predicate<SimClient> whom) {
    for (var connection : connections) {
      assertThat(!connection.channel.isOpen() || connection.channel.config().isAutoRead())
          .as("an upstream connection is read from when nobody holds its response back")
          .isTrue();
    }
    if (connections.stream().noneMatch(up -> up.silent && up.channel.isOpen())) {
      for (var client : clients) {
        assertThat(client.answeredOrClosed() || !whom.test(client))
            .as("a request waits for nothing: %s", client.unanswered())
            .isTrue();
      }
    }
  }

  /// No connection may be stuck, no permit lost, no pool blocked by what came before.
  private void serveAsIfNothingHadHappened() {
    connectClient();
    for (var i = 0; i < 5; i++) {
      if (httpClients.getLast().toldToClose()) {
        connectClient();
      }
      var client = httpClients.getLast();
      var before = client.properAnswers;
      if (i < 4) {
        client.properRequest(++requests);
      } else {
        client.properTunnel(++requests);
      }
      letEverythingGo();
      assertThat(client.properAnswers)
          .as("a plain request after it all: %s, %s", client.lastAnswer, client.unanswered())
          .isEqualTo(before + 1);
    }
    var tcp = SimTcpClient.proper(random.split(), ++requests);
    connect(tcp);
    letEverythingGo();
    assertThat(tcp.heardAll()).as("a plain request after it all: %s", tcp.unanswered()).isTrue();
  }

  /// Nothing is waited for: what was in use goes at once, its timers too.
  private void end() {
    config.removeListener(SimConfig.LISTENER);
    config.removeListener(SimConfig.TCP_LISTENER);
    settle();
    advance(SimWorker.DRAIN_TIME.multipliedBy(2)); // the patience with retired chains
    settle();
    worker.closeAll();
    SimConfig.CLUSTERS.forEach(config::removeCluster);
    settle();
  }

  private boolean allAnswered() {
    return clients.stream().allMatch(SimClient::answeredOrClosed);
  }

  private void check() {
    streams.forEach(
        filter -> assertThat(filter.ended()).as("a filter was not told of the end").isTrue());
    calls.forEach(call -> assertThat(call.over()).as("a call was never answered").isTrue());
    tcpClients.values().forEach(SimTcpClient::checkComplete);
    everShared.forEach(Simulation::checkPermits);
    checkStatistics();
    everybody(peer -> peer.channel.finishAndReleaseAll());
    everybody(
        peer ->
            assertThat(peer.heldOfIt() + peer.heldForIt())
                .as("bytes in buffers of %s", peer.getClass().getSimpleName())
                .isZero());
    SimGuest.assertNothingLeft();
    tcpProxy.close();
    worker.assertNothingLeft();
    main.assertNothingLeft();
  }

  private static void checkPermits(ClusterShared cluster) {
    var breakers = cluster.breakers(Priority.DEFAULT);
    assertThat(breakers.connections().inUse()).as("connection permits").isZero();
    assertThat(breakers.pending().inUse()).as("pending permits").isZero();
    assertThat(breakers.requests().inUse()).as("request permits").isZero();
  }

  private void checkStatistics() {
    var total = 0L;
    for (var value : registry.snapshot()) {
      if (value instanceof StatValue.Scalar scalar) {
        if (scalar.name().equals("http.sim.downstream_rq_total")) {
          total = scalar.value();
        }
        if (scalar.name().equals("tcp.sim.downstream_cx_total")) {
          assertThat(tcpProxy.logged()).as("one log line per tunnel").isEqualTo(scalar.value());
        }
        if (scalar.name().endsWith("_active")) {
          assertThat(scalar.value()).as(scalar.name()).isZero();
        }
      }
    }
    assertThat(logged).as("one log line per stream").isEqualTo((int) total);
  }

  int answers() {
    return httpClients.stream().mapToInt(client -> client.answers).sum();
  }

  /// Of HTTP and of TCP, complete in both directions.
  int tunnels() {
    return httpClients.stream().mapToInt(client -> client.tunnels).sum()
        + (int) tcpClients.values().stream().filter(SimTcpClient::heardAll).count();
  }

  int logged() {
    return logged;
  }
}
