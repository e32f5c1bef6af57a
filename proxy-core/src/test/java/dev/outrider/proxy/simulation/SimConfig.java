package dev.outrider.proxy.simulation;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
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
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ServerHeader;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.MirrorPolicy;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.RetryHosts;
import dev.outrider.proxy.routing.RetryOn;
import dev.outrider.proxy.routing.RetryPolicy;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.UpgradeRules;
import dev.outrider.proxy.routing.VirtualHost;
import dev.outrider.proxy.stream.AccessLogger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Makes resources at random, such as a control plane may send; sane ones once all is calm.
final class SimConfig {
  static final String LISTENER = "l";
  static final String TCP_LISTENER = "tcp";
  static final String ROUTES = "t";
  static final List<String> CLUSTERS = List.of("svc", "aux");
  static final Duration DELAYED_CLOSE = Duration.ofSeconds(1);
  static final int BUFFER_LIMIT = 1_000;

  static final int MOST_RETRIES = 3;

  /// Bytes of a request that are kept for another attempt.
  static final int MOST_KEPT = 1_500;

  /// Between two attempts of a request.
  static final Duration PAUSE = Duration.ofMillis(10);

  private static final RetryPolicy.BackOff BACK_OFF =
      new RetryPolicy.BackOff(Duration.ofMillis(1), Duration.ofMillis(1));
  static final int MOST_FILTERS = 3;

  private final SplittableRandom random;
  private final BooleanSupplier calm;
  private final HttpFilterFactory filters;
  private final AccessLogger logger;
  private final NetworkFilterFactory tcpProxy;

  SimConfig(
      SplittableRandom random,
      BooleanSupplier calm,
      HttpFilterFactory filters,
      AccessLogger logger,
      NetworkFilterFactory tcpProxy) {
    this.random = random;
    this.calm = calm;
    this.filters = filters;
    this.logger = logger;
    this.tcpProxy = tcpProxy;
  }

  Cluster cluster(String name) {
    var limits =
        new CircuitBreakers.Thresholds(
            (calm.getAsBoolean() ? 20 : 1) + random.nextInt(4),
            1 + random.nextInt(6),
            1 + random.nextInt(8),
            3);
    var plain = Cluster.withDefaults(name, new Discovery.Static(new Assignment(name, List.of())));
    return Cluster.builder(name, plain.discovery())
        .connections(new ConnectionOptions(Duration.ofSeconds(5), BUFFER_LIMIT))
        .breakers(new CircuitBreakers(limits, limits))
        .http(
            new UpstreamHttpOptions(
                random.nextBoolean() ? HttpVersion.HTTP1 : HttpVersion.HTTP2,
                random.nextInt(4) == 0,
                Http1Options.DEFAULT,
                SimHttp2Client.SERVER,
                new UpstreamHttpOptions.Limits(random.nextInt(4), Duration.ofSeconds(60), 100, 0)))
        .build();
  }

  /// Some of the cluster's three endpoints.
  EndpointSet endpoints(String cluster, @Nullable EndpointSet previous) {
    var specs = new ArrayList<EndpointSpec>();
    for (var i = 1; i <= 3; i++) {
      if (calm.getAsBoolean() || random.nextInt(3) > 0) {
        specs.add(
            new EndpointSpec(new HostPort("10.0." + CLUSTERS.indexOf(cluster) + "." + i, 80)));
      }
    }
    return EndpointSet.next(previous, cluster, new Assignment(cluster, specs), 2);
  }

  RouteTable routes() {
    if (calm.getAsBoolean()) {
      return table(route("/", forward("svc")));
    }
    return switch (random.nextInt(8)) {
      case 0 -> new RouteTable(ROUTES, List.of());
      case 1 -> table(route("/1", forward("gone")), route("/", forward("svc")));
      case 2 ->
          table(
              route("/2", new RouteAction.DirectResponse(418, "short and stout")),
              route("/", forward("svc")));
      case 3, 4 -> table(route("/1", forward("svc")), route("/", forward("aux")));
      default -> table(route("/3", forward("aux")), route("/", forward("svc")));
    };
  }

  /// A CONNECT may end here.
  private RouteTable table(Route... routes) {
    var all = new ArrayList<>(List.of(routes));
    all.add(new Route("c", new RouteMatcher(new PathMatcher.Connect()), connect()));
    return new RouteTable(ROUTES, List.of(new VirtualHost("all", List.of("*"), all)));
  }

  private static Route route(String prefix, RouteAction action) {
    return new Route(prefix, new RouteMatcher(new PathMatcher.Prefix(prefix, true)), action);
  }

  /// Perhaps tried again, within a body limit that is often too small, and mirrored.
  private RouteAction forward(String cluster) {
    var builder = RouteAction.Forward.builder(new ClusterChoice.Single(cluster));
    if (!calm.getAsBoolean() && random.nextInt(3) > 0) {
      builder.attempts(attempts());
    }
    if (!calm.getAsBoolean() && random.nextInt(4) == 0) {
      builder.mirrors(List.of(MirrorPolicy.to(CLUSTERS.get(random.nextInt(CLUSTERS.size())))));
    }
    return builder.build();
  }

  private AttemptRules attempts() {
    var policy =
        new RetryPolicy(
            RetryOn.parse("5xx,reset,connect-failure,retriable-status-codes"),
            random.nextInt(MOST_RETRIES + 1),
            Duration.ofMillis(random.nextInt(2) * random.nextLong(4_000)),
            Duration.ofMillis(random.nextInt(2) * random.nextLong(4_000)),
            BACK_OFF,
            null,
            new RetryHosts(random.nextBoolean(), false, List.of(), 3, random.nextInt(3)),
            List.of(200, 404),
            List.of(),
            List.of());
    var bodyLimit = random.nextBoolean() ? -1 : random.nextInt(MOST_KEPT);
    return new AttemptRules(
        policy, random.nextBoolean(), true, true, true, bodyLimit, Long.MAX_VALUE);
  }

  private RouteAction connect() {
    return RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
        .upgrades(new UpgradeRules(Map.of(), random.nextBoolean()))
        .build();
  }

  ListenerConfig listener() {
    return listener(!calm.getAsBoolean() && random.nextInt(3) == 0);
  }

  /// Tunnels may be forbidden.
  private RequestOptions requests() {
    var types = Map.of("websocket", true, "connect", true);
    return !calm.getAsBoolean() && random.nextInt(8) == 0
        ? RequestOptions.DEFAULT
        : new RequestOptions(new UpgradeRules(types, false), false, UnderscoreNames.ALLOW);
  }

  ListenerConfig tcpListener() {
    var filter = new NetworkFilterEntry("tcp", tcpProxy, EncodedMessage.EMPTY);
    return new ListenerConfig(
        TCP_LISTENER,
        new HostPort("10.0.0.9", 81),
        TCP_LISTENER,
        new FilterChain("", List.of(filter), null),
        BUFFER_LIMIT,
        0,
        ConfigOrigin.STATIC);
  }

  /// @param guest whether one of the filters is a guest, in a configuration that nobody has had yet
  ListenerConfig listener(boolean guest) {
    var entries = new ArrayList<HttpFilterEntry>();
    for (var i = random.nextInt(MOST_FILTERS); i > 0; i--) {
      entries.add(new HttpFilterEntry("f" + i, filters, EncodedMessage.EMPTY));
    }
    if (guest) {
      entries.add(
          random.nextInt(entries.size() + 1),
          new HttpFilterEntry("guest", SimGuest.factory(), EncodedMessage.EMPTY));
    }
    var http =
        new HttpConnectionManagerConfig(
            "sim",
            CodecType.AUTO,
            new RouteSource.Rds(ROUTES),
            entries,
            new HttpTimeouts(40_000, 10_000, 30_000, 100_000, 60_000, DELAYED_CLOSE.toMillis()),
            new HttpLimits(60 << 10, 100, random.nextInt(4) == 0 ? 3 : 0),
            new Http1Options(random.nextBoolean()),
            SimHttp2Client.SERVER,
            ForwardingOptions.DEFAULT,
            RequestIdOptions.DEFAULT,
            requests(),
            "sim",
            ServerHeader.OVERWRITE,
            List.of(logger));
    return new ListenerConfig(
        LISTENER,
        new HostPort("10.0.0.9", 80),
        LISTENER,
        new FilterChain("", http),
        BUFFER_LIMIT,
        0,
        ConfigOrigin.STATIC);
  }
}
