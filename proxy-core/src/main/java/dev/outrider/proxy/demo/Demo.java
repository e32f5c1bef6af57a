package dev.outrider.proxy.demo;

import com.google.protobuf.Any;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.DrainOptions.Strategy;
import dev.outrider.proxy.controlplane.AdsServer;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.SystemClock;
import dev.outrider.proxy.server.Server;
import dev.outrider.proxy.server.ServerOptions;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.server.StartupException;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Two services, a control plane, and a proxy with three filters in a chain, all in this process
/// and on loopback.
public final class Demo implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  /// Nobody listens there.
  private static final int CLOSED_PORT = 1;

  private final EchoService first;
  private final EchoService second;
  private final AdsServer controlPlane;
  private final DemoResources resources;
  private final Sabotage sabotage;
  private final Clock clock = new SystemClock();
  private final int port;
  private int routesVersion;
  private int canary;
  private int listenerVersion;
  private @Nullable Server server; // set once, before anybody else sees the demo

  /// What a demo is started with.
  ///
  /// @param filters folder of the example filters
  /// @param compiledModules as in [ServerOptions]
  /// @param port of the proxy; 0 = a free one
  public record Spec(Path filters, @Nullable Path compiledModules, int port, int concurrency) {}

  private Demo(Spec spec, Sabotage sabotage) throws IOException {
    this.port = spec.port();
    this.sabotage = sabotage;
    resources = new DemoResources(new ConfigReader(Schema.load()), spec.filters());
    first = EchoService.start("v1");
    second = EchoService.start("v2");
    controlPlane = new AdsServer(0);
    pushClusters(1, new Mesh(0));
    pushRoutes(0);
    pushListener(DemoResources.BURST);
  }

  /// Starts everything and waits until the proxy serves.
  ///
  /// @throws StartupException if the proxy cannot start or cannot listen
  public static Demo start(Spec spec, Sabotage sabotage) {
    requireFree(spec.port());
    try {
      var demo = new Demo(spec, sabotage);
      demo.startProxy(spec);
      return demo;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// The listener comes from the control plane and is bound after its filters are compiled: a port
  /// in use is better known before.
  private static void requireFree(int port) {
    try (var probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port));
    } catch (IOException taken) {
      throw new StartupException(
          List.of("the demo cannot bind 127.0.0.1:" + port + ": " + taken.getMessage()));
    }
  }

  private void startProxy(Spec spec) {
    var bootstrap = new BootstrapSource(null, DemoResources.bootstrap(controlPlane.port()));
    var defaults = ServerOptions.of(bootstrap);
    try {
      var started =
          Server.start(
              new ServerOptions(
                  bootstrap,
                  spec.concurrency(),
                  new DrainOptions(Duration.ofSeconds(5), Strategy.IMMEDIATE),
                  defaults.fileFlushInterval(),
                  defaults.node(),
                  spec.compiledModules(),
                  ServerOptions.AdminOptions.DEFAULT));
      server = started;
      started.awaitLive();
      if (!started.listenerAddresses().containsKey("demo")) {
        throw new StartupException(whyNot(started));
      }
    } catch (RuntimeException failed) {
      close();
      throw failed;
    }
  }

  private List<String> whyNot(Server started) {
    var failures = List.copyOf(started.listenerFailures().values());
    return failures.isEmpty() ? List.of("the demo's listener: " + listenerVerdict()) : failures;
  }

  private Server server() {
    return Objects.requireNonNull(server, "the demo serves");
  }

  /// Drives the demo, prints a table, and says whether all of it agreed.
  public boolean tour(PrintStream out) {
    return new Tour(this, out, sabotage).run();
  }

  /// Waits until the proxy has been told to stop.
  public void awaitStopped() {
    server().awaitStopped();
  }

  /// Prints what there is and what to try.
  public void describe(PrintStream out) {
    var proxy = "http://127.0.0.1:" + listenerPort();
    out.println(
        """

        Outrider demo. A request goes: you -> auth (Rust) -> rate-limit (Go) -> routing (AssemblyScript) -> service v1 or v2.
        Clusters, endpoints, routes and the listener came from a control plane over xDS.

          proxy  %1$s        admin  http://%2$s

        Try:
          TOKEN='%3$s'
          curl -i %1$s/                                                   # no credential: 401
          curl -i %1$s/ -H "authorization: Bearer $TOKEN"                 # the service sees x-auth-subject: ada
          curl -i %1$s/ -H "authorization: Bearer $TOKEN" -H 'x-canary: always'    # routed to v2
          curl -i %1$s/old/thing -H "authorization: Bearer $TOKEN"        # rewritten to /new/thing
          for i in 1 2 3 4 5 6; do curl -s -o /dev/null -w '%%{http_code}\\n' %1$s/limited -H "authorization: Bearer $TOKEN"; done
          curl http://%2$s/stats?usedonly
          curl http://%2$s/config_dump

        Stop with Ctrl-C, or: curl -X POST http://%2$s/quitquitquit
        """
            .formatted(proxy, server().adminAddress(), token("ada")));
  }

  /// A bearer token that the demo's auth filter accepts for an hour.
  String token(String subject) {
    return token(subject, DemoToken.SECRET);
  }

  String token(String subject, String secret) {
    return DemoToken.mint(subject, clock.epochMicros() / 1_000_000, Duration.ofHours(1), secret);
  }

  int listenerPort() {
    var address = server().listenerAddresses().get("demo");
    if (address == null) {
      throw new IllegalStateException("the demo's listener is not bound; its log says why");
    }
    return address.port();
  }

  int adminPort() {
    HostPort address = server().adminAddress();
    if (address == null) {
      throw new IllegalStateException("the demo's admin interface is not bound");
    }
    return address.port();
  }

  /// @param canaryPercent share of ordinary requests that go to v2
  void pushRoutes(int canaryPercent) {
    canary = canaryPercent;
    push(ResourceKind.ROUTES, ++routesVersion, resources.routes(canary));
  }

  void pushBrokenRoutes() {
    push(ResourceKind.ROUTES, ++routesVersion, resources.brokenRoutes());
  }

  private void pushClusters(int version, Mesh mesh) {
    var clusters = new LinkedHashMap<>(mesh.clusters());
    for (var name : List.of("v1", "v2", "down")) {
      clusters.put(name, resources.cluster(name));
    }
    var endpoints = new LinkedHashMap<>(mesh.endpoints());
    endpoints.put("v1", resources.endpoints("v1", first.port()));
    endpoints.put("v2", resources.endpoints("v2", second.port()));
    endpoints.put("down", resources.endpoints("down", CLOSED_PORT));
    // Endpoints are answered when they are asked for, which is after the clusters.
    controlPlane.pushPacked(ResourceKind.ENDPOINTS, Integer.toString(version), endpoints);
    controlPlane.pushPacked(ResourceKind.CLUSTER, Integer.toString(version), clusters);
  }

  /// Pushes a mesh beside what the demo has, and answers what the proxy said about its clusters,
  /// endpoints and routes. Once.
  String pushMesh(int services) {
    var mesh = new Mesh(services);
    pushClusters(2, mesh);
    var verdicts = verdict(ResourceKind.CLUSTER, 2) + ", " + verdict(ResourceKind.ENDPOINTS, 2);
    push(ResourceKind.ROUTES, ++routesVersion, mesh.routes(resources.routes(canary)));
    return verdicts + ", " + routesVerdict();
  }

  /// Counts a push of routes without sending it.
  void loseRoutes() {
    routesVersion++;
  }

  /// @param burst what the rate limit takes on `/limited` in a minute
  void pushListener(int burst) {
    var rateLimit =
        sabotage == Sabotage.PASS_THROUGH_FILTER
            ? resources.filter("rate-limit", "headers", "")
            : resources.filter("rate-limit", DemoResources.rateLimitConfiguration(burst));
    push(
        ResourceKind.LISTENER,
        ++listenerVersion,
        resources.listener(
            port,
            resources.filter("auth", DemoResources.authConfiguration()),
            rateLimit,
            resources.filter("routing", DemoResources.routingConfiguration())));
  }

  private void push(ResourceKind kind, int version, Any resource) {
    controlPlane.pushPacked(kind, Integer.toString(version), Map.of("demo", resource));
  }

  /// What the proxy said about the last routes pushed: `ACK`, `NACK` and why, or that it said
  /// nothing.
  String routesVerdict() {
    return verdict(ResourceKind.ROUTES, routesVersion);
  }

  String listenerVerdict() {
    return verdict(ResourceKind.LISTENER, listenerVersion);
  }

  private String verdict(ResourceKind kind, int version) {
    try {
      var patience = sabotage == Sabotage.SWALLOWED_PUSH ? Duration.ofSeconds(2) : PATIENCE;
      return controlPlane
          .awaitAnswer(kind, Integer.toString(version), patience)
          .map(answer -> answer.accepted() ? "ACK" : "NACK " + answer.error())
          .orElse("no answer");
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  @Override
  public void close() {
    var started = server;
    if (started != null) {
      started.close();
    }
    controlPlane.close();
    first.close();
    second.close();
  }
}
