package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.config.BindOptions;
import dev.outrider.proxy.config.CodecType;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.DrainOptions.Strategy;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.FilterChains;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.HttpFilterChains;
import dev.outrider.proxy.config.HttpFilterEntry;
import dev.outrider.proxy.config.HttpLimits;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.config.ListenerFilters;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.config.LocalReplyOptions;
import dev.outrider.proxy.config.ProxyStatusOptions;
import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ServerHeader;
import dev.outrider.proxy.filter.DiscoveredFilter;
import dev.outrider.proxy.filter.DiscoveredFilters;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.filter.WorkerFilters;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.HttpDate;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http2.Http2Stats;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.overload.OverloadReader;
import dev.outrider.proxy.router.RouterStats;
import dev.outrider.proxy.routing.FilterSwitches;
import dev.outrider.proxy.routing.HeaderMutations;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.stream.AccessLogType;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Callouts;
import dev.outrider.proxy.upstream.Upstreams;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One worker's data plane on in-memory channels with time standing still: a client's bytes in, an
/// upstream's bytes out, one access log entry per stream (`code flags details`).
final class MemoryProxy implements WorkerContext {
  /// Gauges of what has to have an end.
  private static final Pattern UNDER_WAY =
      Pattern.compile("(_active|_buffered|\\.pending_send_bytes)$");

  final RuntimeReader runtime = new RuntimeReader();
  final FakeLoop loop = new FakeLoop();
  final HeadStores heads = new HeadStores();
  final MetricRegistry registry = new MetricRegistry(1);
  final List<String> log = new ArrayList<>();

  /// Why each line of [#log] was written.
  final List<AccessLogType> logTypes = new ArrayList<>();

  AccessLogOptions logOptions = AccessLogOptions.NONE;
  @Nullable ProxyStatusOptions proxyStatus;

  /// Times and sizes of the streams in `log`.
  final List<Figures> infos = new ArrayList<>();

  final List<Peer> upstreams = new ArrayList<>();

  private final List<String> others = new ArrayList<>();

  /// The address of each of [#upstreams].
  final List<String> connectedTo = new ArrayList<>();

  private final List<Peer> peers = new ArrayList<>();
  final WorkerFilters<WorkerFilterFactory> filters = new WorkerFilters<>(this);
  final DiscoveredFilters<WorkerFilterFactory> discovered = filters.discovered();
  final WorkerFilters<WorkerNetworkFilterFactory> networkFilters = new WorkerFilters<>(this);

  /// By handle.
  final Map<String, ListenerFilter> listenerFilters = new HashMap<>();

  private final RandomGenerator random = new SplittableRandom(1);
  final OverloadReader overload = new OverloadReader(random);
  ServerDrain drain = draining(Strategy.IMMEDIATE);
  DrainType drainType = DrainType.DEFAULT;
  ListenerInfo listenerInfo = ListenerInfo.NONE;
  private final SharedClusters shared = new SharedClusters(registry);
  private final Upstreams clusters = new Upstreams(loop, this::connect, heads, shared, random);
  private final List<HttpFilterEntry> entries = new ArrayList<>();
  HttpTimeouts timeouts = HttpTimeouts.DEFAULT;
  HttpLimits limits = HttpLimits.DEFAULT;
  Http1Options http1 = Http1Options.DEFAULT;
  Http2Options http2 = Http2Options.DEFAULT;
  CodecType codec = CodecType.AUTO;
  int bufferLimit = 1000;
  RequestOptions requests = RequestOptions.DEFAULT;
  PathMatcher path = new PathMatcher.Prefix("/", true);
  ForwardingOptions forwarding = ForwardingOptions.DEFAULT;
  RouteAction action = RouteAction.Forward.to("svc");

  /// Chains of their own, by upgrade type.
  final Map<String, List<HttpFilterEntry>> upgrades = new HashMap<>();

  FilterSwitches switches = FilterSwitches.NONE;
  HeaderMutations headers = HeaderMutations.NONE;
  LocalReplyOptions localReplies = LocalReplyOptions.NONE;
  boolean connects = true;

  /// Connecting waits for [#connectNow].
  boolean connectsLater;

  private final List<Runnable> connecting = new ArrayList<>();
  ConnectionBudget connections = ConnectionBudget.unlimited();
  Listener listener = new Listener(context(), config());

  MemoryProxy() {
    registry.owner(HttpStats.TEMPLATE, "http.test"); // outlives its chains, to be looked at
    registry.owner(RouterStats.TEMPLATE, "http.test");
    registry.owner(Http2Stats.TEMPLATE, "http2");
    registry.owner(ClusterStats.TEMPLATE, "cluster.svc");
    speak(HttpVersion.HTTP1);
    endpoints(new EndpointSpec(new HostPort("10.0.0.1", 80)));
  }

  /// In place of the one that there is.
  MemoryProxy endpoints(EndpointSpec... specs) {
    clusters.put(EndpointSet.next(null, "svc", new Assignment("svc", List.of(specs)), 1));
    return this;
  }

  /// Another one, with one endpoint.
  MemoryProxy cluster(String name, String address) {
    var cluster = Cluster.withDefaults(name, new Discovery.Static(new Assignment(name, List.of())));
    registry.owner(ClusterStats.TEMPLATE, "cluster." + name);
    shared.added(cluster);
    clusters.put(cluster);
    var endpoint = new EndpointSpec(new HostPort(address, 80));
    clusters.put(EndpointSet.next(null, name, new Assignment(name, List.of(endpoint)), 1));
    others.add(name);
    return this;
  }

  /// For both priorities.
  MemoryProxy breakers(CircuitBreakers.Thresholds limits) {
    var cluster =
        Objects.requireNonNull(clusters.find("svc")).config().toBuilder()
            .breakers(new CircuitBreakers(limits, limits))
            .build();
    shared.added(cluster);
    clusters.put(cluster);
    return this;
  }

  /// Requests over the endpoints of the service.
  MemoryProxy balance(LbPolicy policy) {
    var cluster =
        Objects.requireNonNull(clusters.find("svc")).config().toBuilder()
            .loadBalancing(new LoadBalancing(policy, 50))
            .build();
    shared.added(cluster);
    clusters.put(cluster);
    return this;
  }

  /// To the service, from the next connection on.
  MemoryProxy speak(HttpVersion version) {
    var plain = Cluster.withDefaults("svc", new Discovery.Static(new Assignment("svc", List.of())));
    var http = UpstreamHttpOptions.DEFAULT;
    var cluster =
        plain.toBuilder()
            .http(
                new UpstreamHttpOptions(version, false, http.http1(), http.http2(), http.limits()))
            .build();
    shared.added(cluster);
    clusters.put(cluster);
    return this;
  }

  MemoryProxy filter(Function<StreamHandle, HttpFilter> maker) {
    entries.add(
        new HttpFilterEntry(
            "f" + entries.size(), HttpFilterFactory.of(maker::apply), EncodedMessage.EMPTY));
    return this;
  }

  /// A filter whose configuration comes under that handle.
  MemoryProxy discoveredFilter(String handle, @Nullable HttpFilterFactory fallback) {
    entries.add(
        new HttpFilterEntry(handle, new DiscoveredFilter(handle, fallback), EncodedMessage.EMPTY));
    return this;
  }

  /// Thirty seconds of it.
  ServerDrain draining(Strategy strategy) {
    return new ServerDrain(loop, random, new DrainOptions(Duration.ofSeconds(30), strategy));
  }

  MemoryProxy filterThatIsOff(Function<StreamHandle, HttpFilter> maker) {
    entries.add(
        new HttpFilterEntry(
            "f" + entries.size(), HttpFilterFactory.of(maker::apply), EncodedMessage.EMPTY, true));
    return this;
  }

  /// Takes what was set since.
  MemoryProxy configured() {
    listener.retire();
    listener = new Listener(context(), config());
    return this;
  }

  /// Another listener, which hands connections over.
  Listener listen(ListenerConfig config, Function<HostPort, @Nullable Listener> others) {
    return new Listener(context(), config, others);
  }

  /// Another listener beside [#listener].
  Listener listen(ListenerConfig config) {
    return new Listener(context(), config);
  }

  private ServingContext context() {
    return new ServingContext(
        loop,
        heads,
        new HttpDate(loop.clock()),
        clusters,
        filters,
        networkFilters,
        listenerFilters,
        _ -> null,
        random,
        runtime,
        registry,
        drain,
        connections,
        overload);
  }

  ListenerConfig config() {
    var route = new Route("r", new RouteMatcher(path), action, Metadata.NONE, switches, headers);
    var table = new RouteTable("t", List.of(new VirtualHost("v", List.of("*"), List.of(route))));
    var http =
        new HttpConnectionManagerConfig(
            "test",
            codec,
            new RouteSource.Inline(table),
            new HttpFilterChains(entries, upgrades),
            timeouts,
            limits,
            http1,
            http2,
            forwarding,
            RequestIdOptions.DEFAULT,
            requests,
            "envoy",
            ServerHeader.OVERWRITE,
            localReplies,
            List.of(this::logged),
            logOptions,
            proxyStatus);
    return new ListenerConfig(
        "l",
        List.of(new ListenerSocket(new HostPort("10.0.0.9", 80))),
        "l",
        FilterChains.of(new FilterChain("", http)),
        ListenerFilters.NONE,
        BindOptions.DEFAULT,
        false,
        bufferLimit,
        drainType,
        List.of(),
        ConfigOrigin.STATIC,
        listenerInfo);
  }

  private void logged(StreamInfo info) {
    var flags = new StringBuilder();
    for (var i = 0; i < info.flags().count(); i++) {
      flags.append(i == 0 ? "" : ",").append(info.flags().at(i).shortName());
    }
    logTypes.add(info.logType());
    infos.add(Figures.of(info));
    log.add(info.responseCode() + " " + (flags.isEmpty() ? "-" : flags) + " " + info.details());
  }

  /// What a [StreamInfo] said while it lived.
  ///
  /// @param wire downstream received, sent; upstream received, sent
  /// @param headers the same, of header fields
  record Figures(long durationNanos, List<Long> wire, List<Long> headers) {
    private static Figures of(StreamInfo info) {
      var down = info.sizes().downstream();
      var up = info.sizes().upstream();
      return new Figures(
          info.times().durationNanos(),
          List.of(down.received(), down.sent(), up.received(), up.sent()),
          List.of(
              down.headersReceived(), down.headersSent(), up.headersReceived(), up.headersSent()));
    }
  }

  private ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
    var channel = new EmbeddedChannel();
    var promise = channel.newPromise();
    var peer = new Peer(channel);
    upstreams.add(peer);
    connectedTo.add(address.host());
    if (connectsLater) {
      connecting.add(() -> connected(peer, promise, handler));
    } else {
      loop.execute(() -> connected(peer, promise, handler));
    }
    return promise;
  }

  void connectNow() {
    connecting.forEach(loop::execute);
    connecting.clear();
    loop.runTasks();
  }

  private void connected(Peer peer, ChannelPromise promise, ChannelHandler handler) {
    if (connects) {
      peer.channel.pipeline().addLast(handler);
      promise.setSuccess();
    } else {
      promise.setFailure(new ConnectException("Connection refused: in memory"));
    }
  }

  Peer client() {
    var channel = new EmbeddedChannel();
    listener.accept(channel);
    return new Peer(channel);
  }

  Peer upstream() {
    return upstreams.getLast();
  }

  void advance(long millis) {
    loop.advance(Duration.ofMillis(millis));
  }

  /// Ends everything; what nobody read is released. Nothing may be held any more then, and nothing
  /// be shown as under way.
  void close() {
    listener.closeAll();
    listener.retire();
    clusters.remove("svc");
    others.forEach(clusters::remove);
    loop.runTasks();
    peers.forEach(peer -> peer.channel.finishAndReleaseAll());
    loop.runTasks();
    assertThat(heads.outstanding()).as("heads").isZero();
    assertThat(filters.size()).as("filters").isZero();
    assertThat(permits()).as("units of circuit breakers").isZero();
    assertThat(underWay()).isEmpty();
  }

  private List<StatValue> underWay() {
    return registry.snapshot().stream()
        .filter(value -> value instanceof StatValue.Scalar scalar && scalar.value() != 0)
        .filter(value -> UNDER_WAY.matcher(value.name()).find())
        .toList();
  }

  /// Units of circuit breakers that are taken.
  int permits() {
    var breakers = Objects.requireNonNull(shared.get("svc")).breakers(Priority.DEFAULT);
    return breakers.connections().inUse()
        + breakers.pending().inUse()
        + breakers.requests().inUse()
        + breakers.retries().inUse();
  }

  long stat(String name) {
    for (var value : registry.snapshot()) {
      if (value instanceof StatValue.Scalar scalar && scalar.name().equals(name)) {
        return scalar.value();
      }
    }
    throw new AssertionError("no statistic '" + name + "'");
  }

  boolean hasStat(String name) {
    return registry.snapshot().stream()
        .anyMatch(value -> value instanceof StatValue.Scalar scalar && scalar.name().equals(name));
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public CalloutClient callouts() {
    return new Callouts(clusters, registry);
  }

  @Override
  public Upstreams upstreams() {
    return clusters;
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

  /// The far end of a channel. Line ends are written as CRLF and read as LF.
  final class Peer {
    final EmbeddedChannel channel;
    private final StringBuilder received = new StringBuilder();

    Peer(EmbeddedChannel channel) {
      this.channel = channel;
      peers.add(this);
    }

    Peer send(String text) {
      var bytes = text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
      channel.writeInbound(Unpooled.copiedBuffer(bytes));
      settle();
      return this;
    }

    /// As the other side of a full, or an empty, socket buffer.
    Peer writable(boolean writable) {
      channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
      settle();
      return this;
    }

    /// What came since it was asked last.
    String received() {
      settle();
      for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
        received.append(bytes.toString(StandardCharsets.ISO_8859_1));
        bytes.release();
      }
      var text = received.toString().replace("\r\n", "\n");
      received.setLength(0);
      return text;
    }

    boolean open() {
      settle();
      return channel.isOpen();
    }

    void close() {
      channel.close();
      settle();
    }

    private void settle() {
      loop.runTasks();
      channel.runPendingTasks();
      loop.runTasks();
    }
  }
}
