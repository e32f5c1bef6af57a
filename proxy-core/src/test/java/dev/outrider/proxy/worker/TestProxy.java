package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LocalPlace;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.Changes;
import dev.outrider.proxy.config.CodecType;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DownstreamTls;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.DrainOptions.Strategy;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.HttpFilterEntry;
import dev.outrider.proxy.config.HttpLimits;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ServerHeader;
import dev.outrider.proxy.downstream.ConnectionBudget;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.listener.ChainMatch;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.stream.AccessLogger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A whole data plane on loopback sockets, configured by hand.
final class TestProxy implements AutoCloseable {
  final MetricRegistry registry;
  private final SharedClusters shared;
  private final WorkerGroup group;
  private final int loops;
  private final Map<String, Cluster> clusters = new LinkedHashMap<>();
  private final Map<String, EndpointSet> endpoints = new LinkedHashMap<>();
  private final List<Route> routes = new ArrayList<>();
  final List<HttpFilterEntry> filters = new ArrayList<>();
  private final List<NetworkFilterEntry> networkFilters = new ArrayList<>();
  private boolean http = true;
  final List<AccessLogger> loggers = new ArrayList<>();
  HttpTimeouts timeouts = HttpTimeouts.DEFAULT;
  Http1Options http1 = Http1Options.DEFAULT;
  Http2Options http2 = Http2Options.DEFAULT;
  RequestOptions requests = RequestOptions.DEFAULT;
  @Nullable DownstreamTls tls;
  ForwardingOptions forwarding = ForwardingOptions.DEFAULT;
  int bufferLimit = ListenerConfig.DEFAULT_BUFFER_LIMIT_BYTES;
  private int port;

  TestProxy(int workers) {
    this(workers, Transport.best());
  }

  TestProxy(int workers, Transport transport) {
    loops = workers + 1;
    registry = new MetricRegistry(loops);
    shared = new SharedClusters(registry);
    var spec =
        new WorkerSpec(
            transport,
            shared,
            registry,
            SplittableRandom::new,
            new DrainOptions(Duration.ofSeconds(5), Strategy.IMMEDIATE),
            ConnectionBudget.unlimited(),
            LocalPlace.UNKNOWN,
            0);
    group = new WorkerGroup(workers, spec);
  }

  TestProxy cluster(String name, int... ports) {
    return cluster(
        Cluster.withDefaults(name, new Discovery.Static(new Assignment(name, List.of()))), ports);
  }

  TestProxy cluster(Cluster cluster, int... ports) {
    var specs = new ArrayList<EndpointSpec>();
    for (var each : ports) {
      specs.add(new EndpointSpec(new HostPort("127.0.0.1", each)));
    }
    clusters.put(cluster.name(), cluster);
    shared.added(cluster);
    endpoints.put(
        cluster.name(),
        EndpointSet.next(null, cluster.name(), new Assignment(cluster.name(), specs, 140), loops));
    return this;
  }

  TestProxy route(String prefix, RouteAction action) {
    routes.add(new Route("", new RouteMatcher(new PathMatcher.Prefix(prefix, true)), action));
    return this;
  }

  TestProxy route(String prefix, String cluster) {
    return route(prefix, RouteAction.Forward.to(cluster));
  }

  TestProxy filter(HttpFilterFactory factory) {
    filters.add(new HttpFilterEntry("f" + filters.size(), factory, EncodedMessage.EMPTY));
    return this;
  }

  /// In front of the connection manager; a terminal one takes its place.
  TestProxy networkFilter(NetworkFilterFactory factory) {
    networkFilters.add(
        new NetworkFilterEntry("n" + networkFilters.size(), factory, EncodedMessage.EMPTY));
    http &= !factory.terminal();
    return this;
  }

  ListenerConfig listener(int onPort) {
    var table = new RouteTable("t", List.of(new VirtualHost("all", List.of("*"), routes)));
    var manager =
        new HttpConnectionManagerConfig(
            "test",
            CodecType.AUTO,
            new RouteSource.Inline(table),
            filters,
            timeouts,
            HttpLimits.DEFAULT,
            http1,
            http2,
            forwarding,
            RequestIdOptions.DEFAULT,
            requests,
            "envoy",
            ServerHeader.OVERWRITE,
            loggers);
    return new ListenerConfig(
        "main",
        new HostPort("127.0.0.1", onPort),
        "main",
        new FilterChain("", ChainMatch.ANY, networkFilters, http ? manager : null, tls),
        bufferLimit,
        0,
        ConfigOrigin.STATIC);
  }

  /// Listens on a port chosen by the system.
  TestProxy start() throws Exception {
    var report = apply(Map.of("main", listener(0)));
    if (!report.failures().isEmpty()) {
      throw new IllegalStateException(report.failures().toString());
    }
    var bound = report.bound().get("main");
    port =
        bound == null ? port : bound.getFirst().port(); // a socket that was kept is not told again
    return this;
  }

  ApplyReport apply(Map<String, ListenerConfig> listeners) throws Exception {
    var change =
        new ConfigChange(
            Changes.all(clusters), Changes.all(endpoints), Changes.none(), Changes.all(listeners));
    var done = new CompletableFuture<ApplyReport>();
    group.mainLoop().loop().execute(() -> group.apply(change).thenAccept(done::complete));
    return done.get(10, TimeUnit.SECONDS);
  }

  WorkerGroup group() {
    return group;
  }

  int port() {
    return port;
  }

  RawClient client() throws Exception {
    return new RawClient(port);
  }

  long stat(String name) {
    for (var value : registry.snapshot()) {
      if (value instanceof StatValue.Scalar number && number.name().equals(name)) {
        return number.value();
      }
    }
    throw new AssertionError("no statistic '" + name + "'");
  }

  @Override
  public void close() {
    group.close();
  }
}
