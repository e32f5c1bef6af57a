package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonParser;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.worker.ScriptedUpstream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process from its bootstrap to its end, over real sockets.
class ServerIT {
  /// Nobody listens there.
  private static final int DEAD = 1;

  private final ScriptedUpstream upstream = new ScriptedUpstream();

  @AfterEach
  void stop() throws Exception {
    upstream.close();
  }

  private TestBootstrap bootstrap() {
    return TestBootstrap.create()
        .route(
            "{ match: { path: /hello }, direct_response: { status: 201, body: {"
                + " inline_string: hi } } }")
        .route("{ match: { prefix: /missing }, route: { cluster: missing } }")
        .service("/empty", "empty")
        .service("/dead", "dead", DEAD)
        .service("/svc/", "svc", upstream.port());
  }

  private static String json(int port) {
    return """
    {"staticResources": {
      "clusters": [{"name": "svc", "type": "static", "loadAssignment": {"clusterName": "svc",
        "endpoints": [{"lbEndpoints": [{"endpoint": {"address": {"socketAddress":
          {"address": "127.0.0.1", "portValue": %d}}}}]}]}}],
      "listeners": [{"name": "main",
        "address": {"socketAddress": {"address": "127.0.0.1", "portValue": 0}},
        "filterChains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager",
          "typedConfig": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "statPrefix": "test",
            "routeConfig": {"virtualHosts": [{"name": "all", "domains": ["*"],
              "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "svc"}}]}]},
            "httpFilters": [{"name": "envoy.filters.http.router", "typedConfig":
              {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]
          }}]}]}]}}
    """
        .formatted(port);
  }

  @Test
  void servesAStaticBootstrap() throws Exception {
    try (var server = TestServer.start(bootstrap().service("/", "all", upstream.port()));
        var client = server.client()) {
      var echo = client.send("POST /echo HTTP/1.1\nhost: a\ncontent-length: 5\n\nhello").read();

      assertThat(echo.code()).isEqualTo(200);
      assertThat(echo.body()).isEqualTo("hello");
      assertThat(server.admin("/ready").body()).isEqualTo("LIVE\n");
      assertThat(server.admin("/listeners").body())
          .isEqualTo("main::127.0.0.1:" + server.port() + "\n");
      assertThat(server.admin("/unsupported_fields").body()).isEmpty();
      assertThat(server.stat("http.test.downstream_rq_2xx")).isEqualTo(1);
      assertThat(server.stat("cluster.all.upstream_rq_200")).isEqualTo(1);
      assertThat(server.stat("server.live")).isEqualTo(1);
    }
  }

  @Test
  void readsABootstrapInJson(@TempDir Path folder) throws Exception {
    var file = Files.writeString(folder.resolve("b.json"), json(upstream.port()));

    var options = TestServer.options(new BootstrapSource(file, null), 1);

    try (var server = Server.start(options)) {
      server.awaitLive();
      assertThat(server.listenerAddresses()).containsKey("main");
      assertThat(server.adminAddress()).isNull();
    }
  }

  @Test
  void mergesTheTextOverTheFile(@TempDir Path folder) throws Exception {
    var file = Files.writeString(folder.resolve("b.yaml"), "node: {id: file, cluster: c}\n");
    var text =
        "node: {id: text}\nadmin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}";

    try (var server = Server.start(TestServer.options(new BootstrapSource(file, text), 1))) {
      assertThat(server.adminAddress()).isNotNull();
    }
  }

  @Test
  void answersAsEnvoyWhenItCannotForward(@TempDir Path folder) throws Exception {
    var log = folder.resolve("access.log");
    var text =
        "[{name: f, typed_config: {\"@type\":"
            + " type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path:"
            + " \""
            + log
            + "\"}}]";
    try (var server = TestServer.start(bootstrap().accessLog(text));
        var client = server.client()) {
      var direct = client.get("/hello").read();
      assertThat(direct.code()).isEqualTo(201);
      assertThat(direct.body()).isEqualTo("hi");

      var notFound = client.get("/nowhere").read();
      assertThat(notFound.code()).isEqualTo(404);
      assertThat(notFound.body()).isEmpty();

      var noCluster = client.get("/missing").read();
      assertThat(noCluster.code()).isEqualTo(503);
      assertThat(noCluster.body()).isEmpty();

      var noHost = client.get("/empty").read();
      assertThat(noHost.code()).isEqualTo(503);
      assertThat(noHost.body()).isEqualTo("no healthy upstream");

      var dead = client.get("/dead").read();
      assertThat(dead.code()).isEqualTo(503);
      assertThat(dead.body())
          .isEqualTo(
              "upstream connect error or disconnect/reset before headers. reset reason: remote"
                  + " connection failure");

      assertThat(client.get("/svc/echo").read().code()).isEqualTo(200);
    }

    assertThat(Files.readAllLines(log))
        .satisfiesExactly(
            line -> assertThat(line).matches(logLine("/hello", "201 - 0 2", "-")),
            line -> assertThat(line).matches(logLine("/nowhere", "404 NR 0 0", "-")),
            line -> assertThat(line).matches(logLine("/missing", "503 NC 0 0", "-")),
            line -> assertThat(line).matches(logLine("/empty", "503 UH 0 19", "-")),
            line -> assertThat(line).matches(logLine("/dead", "503 UF 0 98", "127.0.0.1:" + DEAD)),
            line ->
                assertThat(line)
                    .matches(logLine("/svc/echo", "200 - 0 0", "127.0.0.1:" + upstream.port())));
  }

  /// Envoy's default line; times and ids are free.
  private static String logLine(String path, String facts, String host) {
    return "\\[\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z] \"GET "
        + path
        + " HTTP/1.1\" "
        + facts
        + " \\d+ (\\d+|-) \"-\" \"-\" \"[0-9a-f-]{36}\" \"example\\.test\" \""
        + host.replace(".", "\\.")
        + "\"";
  }

  @Test
  void refusesAMalformedRequestAndAnOversizedHead() throws Exception {
    try (var server = TestServer.start(bootstrap())) {
      try (var client = server.client()) {
        var bad = client.send("GET /hello HTTP/1.1\nbad header\n\n").read();

        assertThat(bad.code()).isEqualTo(400);
        assertThat(bad.header("connection")).isEqualTo("close");
        assertThat(client.readByte()).isEqualTo(-1);
      }
      try (var client = server.client()) {
        var big = client.send("GET /hello HTTP/1.1\nhost: a\nx: " + "y".repeat(70_000) + "\n\n");

        assertThat(big.read().code()).isEqualTo(431);
      }
      assertThat(server.get("/hello").code()).isEqualTo(201);
    }
  }

  @Test
  void saysInOneSentenceThatAPortIsInUse() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var refused = refused(bootstrap().listenOn(taken.getLocalPort()).yaml());

      assertThat(refused)
          .containsExactly(
              "listener 'main' cannot bind 127.0.0.1:"
                  + taken.getLocalPort()
                  + ": address already in use");
    }
  }

  @Test
  void doesNotShareAPortWithAnotherProxy() {
    try (var first = TestServer.start(bootstrap())) {
      assertThat(refused(bootstrap().listenOn(first.port()).yaml()))
          .singleElement()
          .asString()
          .contains("address already in use");
    }
  }

  @Test
  void reportsEveryProblemAtOnceWithItsPlace(@TempDir Path folder) throws Exception {
    var text = bootstrap().option("max_conn: 3").yaml().replace("type: STATIC", "type: NOPE");
    var file = Files.writeString(folder.resolve("b.yaml"), text);

    var problems = refused(new BootstrapSource(file, null));

    assertThat(problems)
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith(file + ":")
                    .contains("static_resources.clusters[0].type")
                    .contains("NOPE"))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith(file + ":" + lineOf(text, "max_conn") + ":")
                    .contains("static_resources.listeners[0].filter_chains[0].filters[0]")
                    .contains("max_conn"));
  }

  private static int lineOf(String text, String word) {
    return (int) text.substring(0, text.indexOf(word)).lines().count();
  }

  @Test
  void reportsWhatBreaksARuleOfTheSchema() {
    assertThat(refused(bootstrap().yaml().replace("stat_prefix: test", "stat_prefix: ''")))
        .singleElement()
        .asString()
        .contains("static_resources.listeners[0].filter_chains[0].filters[0].typed_config")
        .contains("stat_prefix");
  }

  @Test
  void pointsAtTheLineThatIsNoYaml(@TempDir Path folder) throws Exception {
    var file = Files.writeString(folder.resolve("b.yaml"), "admin:\n  a: [1\n  b: 2\n");

    assertThat(refused(new BootstrapSource(file, null)))
        .singleElement()
        .asString()
        .startsWith(file + ":3:")
        .contains("not valid YAML")
        .contains("expected");
  }

  @Test
  void refusesAFilterTypeItDoesNotKnowAsEnvoyDoes() {
    var unknown =
        """
        - name: envoy.filters.http.nosuch
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.nosuch.v3.Nope
        """;
    var foreign =
        """
        - name: log
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
        """;

    assertThat(refused(bootstrap().filter(unknown).yaml()))
        .anyMatch(
            problem ->
                problem.contains(
                    "could not find @type"
                        + " 'type.googleapis.com/envoy.extensions.filters.http.nosuch.v3.Nope'"));
    assertThat(refused(bootstrap().filter(foreign).yaml()))
        .anyMatch(
            problem ->
                problem.contains(
                    "Didn't find a registered implementation for 'log' with type URL:"
                        + " 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'"));
  }

  @Test
  void tellsOfAFieldThatHasNoEffect() throws Exception {
    try (var server =
        TestServer.start(
            bootstrap().option("represent_ipv4_remote_address_as_ipv4_mapped_ipv6: true"))) {
      assertThat(server.admin("/unsupported_fields").body())
          .contains("static_resources.listeners[0]")
          .contains(".represent_ipv4_remote_address_as_ipv4_mapped_ipv6")
          .hasLineCount(1);
    }
  }

  @Test
  void dumpsWhatItWasConfiguredWith() throws Exception {
    try (var server = TestServer.start(bootstrap())) {
      var dump =
          JsonParser.parseString(server.admin("/config_dump?include_eds").body()).getAsJsonObject();

      assertThat(dump.getAsJsonArray("configs"))
          .extracting(part -> part.getAsJsonObject().get("@type").getAsString())
          .containsExactly(
              "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump",
              "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
              "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump",
              "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
              "type.googleapis.com/envoy.admin.v3.ScopedRoutesConfigDump",
              "type.googleapis.com/envoy.admin.v3.RoutesConfigDump",
              "type.googleapis.com/envoy.admin.v3.SecretsConfigDump");
      assertThat(server.admin("/config_dump?resource=static_clusters&name_regex=de.d").body())
          .contains("\"name\": \"dead\"")
          .doesNotContain("\"name\": \"empty\"");
      assertThat(server.admin("/config_dump?resource=dynamic_listeners").body())
          .isEqualTo("{\n}\n");
      assertThat(server.admin("/config_dump?resource=static_route_configs").body())
          .contains("envoy.config.route.v3.RouteConfiguration")
          .contains("\"virtual_hosts\"");
      assertThat(server.admin("/config_dump?resource=static_route_configs&name_regex=no").body())
          .isEqualTo("{\n}\n");
      assertThat(server.admin("/config_dump?resource=nosuch").code()).isEqualTo(404);
    }
  }

  @Test
  void validatesWithoutListening() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var good = bootstrap().listenOn(taken.getLocalPort()).yaml();

      Server.validate(TestServer.options(new BootstrapSource(null, good), 1));
    }

    var bad = new BootstrapSource(null, bootstrap().wasm("p", Path.of("no.wasm"), "").yaml());
    var refused =
        catchThrowableOfType(
            StartupException.class, () -> Server.validate(TestServer.options(bad, 1)));
    assertThat(refused.problems()).singleElement().asString().contains("no.wasm");
  }

  private static List<String> refused(String yaml) {
    return refused(new BootstrapSource(null, yaml));
  }

  private static List<String> refused(BootstrapSource source) {
    return catchThrowableOfType(
            StartupException.class, () -> Server.start(TestServer.options(source, 2)).close())
        .problems();
  }
}
