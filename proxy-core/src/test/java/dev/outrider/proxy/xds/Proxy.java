package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.dns.FakeNames;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.FilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.health.FakeProbes;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.xds.accesslog.AccessLogParser;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.secret.Secrets;
import dev.outrider.proxy.xds.stream.AdsTransport;
import dev.outrider.proxy.xds.stream.RestCalls;
import dev.outrider.proxy.xds.stream.Transports;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The configuration part of a proxy on a paused loop, with a scripted control plane behind it.
final class Proxy {
  final FakeClock clock = new FakeClock();
  final FakeLoop loop = new FakeLoop(1, clock);
  final MetricRegistry metrics = new MetricRegistry(2);
  final FakeProbes probes = new FakeProbes();
  final SharedClusters clusters = new SharedClusters(metrics);
  final Secrets secrets = TestSecrets.on(loop, metrics);
  final FakeControlPlane controlPlane = new FakeControlPlane(loop);
  final FakeControlPlane failover = new FakeControlPlane(loop);
  final FakeControlPlane secretService = new FakeControlPlane(loop);
  final FakeRest rest = new FakeRest();
  final FakeNames names = new FakeNames();
  final SlowFilters filters = new SlowFilters();
  final List<ConfigChange> changes = new ArrayList<>();

  /// Every conversation with a service of one type, in the order in which they began.
  final List<Called> services = new ArrayList<>();

  record Called(GrpcServer server, AdsTransport.Service service, FakeControlPlane plane) {}

  final Configuration configuration;
  final List<RuntimeSnapshot> snapshots = new ArrayList<>();
  private boolean initialised;

  /// Whoever is to take the next change fails.
  boolean failsNext;

  /// Every back-off is as long as its bound allows.
  private static final RandomGenerator LONGEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  Proxy() {
    this(List.of());
  }

  /// @param layers of the runtime
  Proxy(List<RuntimeLayerSpec> layers) {
    configuration =
        new Configuration(
            new Configuration.Spec(
                loop,
                metrics,
                new EnvoyResourceTypes(
                    (_, _, _) -> List.of(),
                    ServiceIdentity.NONE,
                    new ProviderRegistry<HttpFilterFactory>(List.of(filters)),
                    Yaml.networkFilters(),
                    new AccessLogParser((config, _) -> Parsed.valid(_ -> {}), Runnable::run),
                    TestDnsCaches.on(loop, metrics, names),
                    secrets),
                probes.fitness(loop, metrics, clusters),
                transports(),
                LONGEST,
                _ -> names,
                new LayeredRuntime(loop, metrics, layers, this::publish),
                this::publish));
    var _ = configuration.initialised().thenRun(() -> initialised = true);
  }

  private Transports transports() {
    return new Transports() {
      @Override
      public AdsTransport grpc(
          @Nullable Cluster cluster, GrpcServer server, AdsTransport.Service service) {
        return transport(server, service);
      }

      @Override
      public RestCalls rest() {
        return rest;
      }
    };
  }

  private AdsTransport transport(GrpcServer server, AdsTransport.Service service) {
    return switch (service) {
      case AGGREGATED -> server.cluster().equals("failover") ? failover : controlPlane;
      case SECRETS -> secretService;
      default -> {
        var plane = new FakeControlPlane(loop);
        services.add(new Called(server, service, plane));
        yield plane;
      }
    };
  }

  /// The newest conversation with a service of one type.
  FakeControlPlane service(AdsTransport.Service service) {
    return services.reversed().stream()
        .filter(called -> called.service() == service)
        .findFirst()
        .orElseThrow()
        .plane();
  }

  private CompletionStage<?> publish(RuntimeSnapshot snapshot) {
    snapshots.add(snapshot);
    return CompletableFuture.completedFuture(null);
  }

  private void publish(ConfigChange change) {
    if (failsNext) {
      failsNext = false;
      throw new IllegalStateException("planted");
    }
    change.clusters().updated().values().forEach(clusters::added);
    changes.add(change);
  }

  /// A bootstrap whose clusters and listeners come over ADS.
  static Bootstrap.Builder dynamicBootstrap() {
    var builder = Bootstrap.newBuilder().setNode(Node.newBuilder().setId("n").setCluster("c"));
    builder
        .getStaticResourcesBuilder()
        .addClusters(
            Resources.staticCluster("xds", 18000)
                .putTypedExtensionProtocolOptions(
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    Any.pack(Resources.explicitHttp2())));
    builder
        .getDynamicResourcesBuilder()
        .setCdsConfig(Resources.ads())
        .setLdsConfig(Resources.ads())
        .setAdsConfig(
            ApiConfigSource.newBuilder()
                .setApiType(ApiConfigSource.ApiType.GRPC)
                .setTransportApiVersion(ApiVersion.V3)
                .setSetNodeOnFirstMessageOnly(true)
                .addGrpcServices(
                    GrpcService.newBuilder()
                        .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName("xds"))));
    return builder;
  }

  /// The same, told only what changes.
  static Bootstrap.Builder deltaBootstrap() {
    var builder = dynamicBootstrap();
    builder
        .getDynamicResourcesBuilder()
        .getAdsConfigBuilder()
        .setApiType(ApiConfigSource.ApiType.DELTA_GRPC);
    return builder;
  }

  /// Starts and expects no problem.
  Proxy start(Bootstrap.Builder bootstrap) {
    assertThat(startWithProblems(bootstrap)).isEmpty();
    return this;
  }

  List<ConfigProblem> startWithProblems(Bootstrap.Builder bootstrap) {
    return begun(bootstrap, configuration::start);
  }

  /// Checks without starting anything.
  List<ConfigProblem> check(Bootstrap.Builder bootstrap) {
    return begun(bootstrap, configuration::check);
  }

  private List<ConfigProblem> begun(
      Bootstrap.Builder bootstrap,
      Function<BootstrapConfig, CompletionStage<List<ConfigProblem>>> how) {
    return switch (BootstrapParser.parse(
        bootstrap.build().toByteArray(), BootstrapParser.NodeFlags.NONE)) {
      case Parsed.Invalid<?>(var problems) -> problems;
      case Parsed.Valid<BootstrapConfig>(var config) -> {
        var found = new ArrayList<ConfigProblem>();
        var _ = how.apply(config).thenAccept(found::addAll);
        loop.runTasks();
        yield found;
      }
    };
  }

  /// Starts with two clusters, endpoints for both, one listener over RDS: all active, all
  /// acknowledged.
  static Proxy running() {
    var proxy = new Proxy().start(dynamicBootstrap());
    var plane = proxy.controlPlane;
    plane.respond(
        ResourceKind.CLUSTER,
        "1",
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build());
    plane.respond(
        ResourceKind.ENDPOINTS,
        "1",
        Resources.endpoints("a", 9001),
        Resources.endpoints("b", 9002));
    plane.respond(
        ResourceKind.LISTENER, "1", Resources.listener("l", 10000, Resources.rdsHcm("r")).build());
    plane.respond(ResourceKind.ROUTES, "1", Resources.routes("r", "a").build());
    assertThat(proxy.initialised()).isTrue();
    while (plane.hasRequests()) {
      plane.request();
    }
    proxy.changes.clear();
    return proxy;
  }

  /// The same as [#running] over a delta stream.
  static Proxy runningOnDelta() {
    var proxy = new Proxy().start(deltaBootstrap());
    var plane = proxy.controlPlane;
    plane.change(
        ResourceKind.CLUSTER,
        "1",
        Map.of("a", Resources.edsCluster("a").build(), "b", Resources.edsCluster("b").build()));
    plane.change(
        ResourceKind.ENDPOINTS,
        "1",
        Map.of("a", Resources.endpoints("a", 9001), "b", Resources.endpoints("b", 9002)));
    plane.change(
        ResourceKind.LISTENER,
        "1",
        Map.of("l", Resources.listener("l", 10000, Resources.rdsHcm("r")).build()));
    plane.change(ResourceKind.ROUTES, "1", Map.of("r", Resources.routes("r", "a").build()));
    assertThat(proxy.initialised()).isTrue();
    while (plane.hasRequests()) {
      plane.anyDeltaRequest();
    }
    proxy.changes.clear();
    return proxy;
  }

  boolean initialised() {
    return initialised;
  }

  ProxyConfig active() {
    return configuration.active();
  }

  /// One that serves.
  Cluster cluster(String name) {
    return Objects.requireNonNull(active().clusters().get(name), name);
  }

  /// Of a cluster that serves.
  EndpointSet endpoints(String cluster) {
    return Objects.requireNonNull(active().endpoints().get(cluster), cluster);
  }

  /// One that serves.
  ListenerConfig listener(String name) {
    return Objects.requireNonNull(active().listeners().get(name), name);
  }

  void advance(Duration time) {
    loop.advance(time);
  }

  ConfigChange onlyChange() {
    assertThat(changes).hasSize(1);
    return changes.removeFirst();
  }

  /// A number of the statistics; fails if there is none of that name.
  long stat(String name) {
    for (var value : metrics.snapshot()) {
      if (value instanceof StatValue.Scalar number && number.name().equals(name)) {
        return number.value();
      }
    }
    throw new AssertionError("no statistic " + name);
  }

  /// Filters configured by a Struct. One whose field `slow` is set completes when told; one whose
  /// field `bad` is set is refused.
  static final class SlowFilters implements FilterProvider {
    final List<CompletableFuture<Parsed<HttpFilterFactory>>> waiting = new ArrayList<>();
    int parsed;

    /// Throws instead of answering.
    boolean fails;

    @Override
    public Set<String> typeUrls() {
      return Set.of("google.protobuf.Struct");
    }

    @Override
    public CompletionStage<Parsed<HttpFilterFactory>> parse(Any config, ParseContext context) {
      parsed++;
      if (fails) {
        throw new IllegalStateException("planted");
      }
      Struct struct;
      try {
        struct = config.unpack(Struct.class);
      } catch (com.google.protobuf.InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
      if (struct.containsFields("bad")) {
        return CompletableFuture.completedFuture(
            Parsed.invalid(context.problem("bad", "is refused")));
      }
      if (struct.containsFields("slow")) {
        var later = new CompletableFuture<Parsed<HttpFilterFactory>>();
        waiting.add(later);
        return later;
      }
      return CompletableFuture.completedFuture(Parsed.valid(factory()));
    }

    /// Each is an object of its own.
    static HttpFilterFactory factory() {
      return new HttpFilterFactory() {
        @Override
        public WorkerFilterFactory forWorker(WorkerContext worker) {
          return _ -> null;
        }
      };
    }

    static Struct config(String... fields) {
      var struct = Struct.newBuilder();
      for (var field : fields) {
        struct.putFields(field, Value.newBuilder().setBoolValue(true).build());
      }
      return struct.build();
    }
  }
}
