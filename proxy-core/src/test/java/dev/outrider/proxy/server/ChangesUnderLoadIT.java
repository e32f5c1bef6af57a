package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxy.controlplane.AdsServer;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.worker.TlsClient;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clusters, endpoints, routes, a certificate, a Wasm filter and the listener are changed by a
/// control plane, all in each turn, while clients come, stay and go: no request is lost. The number
/// of turns is `-Doutrider.turns`.
@Timeout(900)
class ChangesUnderLoadIT {
  private static final int TURNS = Integer.getInteger("outrider.turns", 30);
  private static final int CLIENTS = 4;

  /// Of each client: together they make two hundred requests a second.
  private static final long PAUSE_NANOS = 20_000_000;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path folder;
  private final ConfigReader reader = new ConfigReader(Schema.load());
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong served = new AtomicLong();
  private final Queue<String> lost = new ConcurrentLinkedQueue<>();
  private final List<TestServer> services = new ArrayList<>();
  private AdsServer controlPlane;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    var authority = new TestCertificates(folder);
    for (var name : List.of("one", "two")) {
      authority.signed(name, "ec", "/CN=" + name, "DNS:a.test");
    }
    Files.write(folder.resolve("guest.wasm"), Wat.guest().wasm());
    for (var i = 0; i < 2; i++) {
      services.add(
          TestServer.start(
              TestBootstrap.create()
                  .route(
                      "{ match: { prefix: / }, direct_response: { status: 200, body: {"
                          + " inline_string: ok } } }")));
    }
    controlPlane = new AdsServer(0);
    push(0);
    server = TestServer.start(TestBootstrap.overAds(controlPlane.port(), "cds", "lds"), 2);
    awaitAll(0);
  }

  @AfterEach
  void stop() {
    over.set(true);
    server.close();
    controlPlane.close();
    services.forEach(TestServer::close);
  }

  @Test
  void losesNoRequest(TestReporter reporter) throws Exception { // X32
    var clients = new ArrayList<Thread>();
    for (var i = 0; i < CLIENTS; i++) {
      var stays = i % 2 == 0;
      clients.add(Thread.ofPlatform().start(() -> call(stays)));
    }

    for (var turn = 1; turn <= TURNS; turn++) {
      push(turn);
      awaitAll(turn);
    }
    over.set(true);
    for (var client : clients) {
      client.join();
    }

    reporter.publishEntry(
        "changes",
        "%d changes in %d turns, %d requests, %d lost"
            .formatted(6 * TURNS, TURNS, served.get(), lost.size()));
    assertThat(lost).isEmpty();
    assertThat(served.get()).isGreaterThan(TURNS);
    assertThat(server.stat("listener_manager.lds.update_success")).isGreaterThan(TURNS / 2);
    assertThat(server.stat("cluster_manager.cds.update_rejected")).isZero();
  }

  // ---- the clients

  private void call(boolean stays) {
    while (!over.get()) {
      try (var socket = new TlsClient(server.port(), null).sni("a.test").connect()) {
        while (exchange(socket) && stays && !over.get()) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      } catch (Exception e) {
        lost.add(e.toString());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /// Answers whether the connection takes another request.
  private boolean exchange(SSLSocket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    var in = socket.getInputStream();
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var next = in.read();
      if (next < 0) {
        throw new IOException("ended behind '" + head + "'");
      }
      head.append((char) next);
    }
    var body = new String(in.readNBytes(2), StandardCharsets.ISO_8859_1);
    if (!head.toString().startsWith("HTTP/1.1 200") || !body.equals("ok")) {
      throw new IOException(head + body);
    }
    served.incrementAndGet();
    return head.indexOf("connection: close") < 0;
  }

  // ---- the control plane

  private void push(int turn) throws IOException {
    push(turn, ResourceKind.CLUSTER, "envoy.config.cluster.v3.Cluster", "service", cluster(turn));
    push(
        turn,
        ResourceKind.ENDPOINTS,
        "envoy.config.endpoint.v3.ClusterLoadAssignment",
        "service",
        endpoints(turn));
    push(
        turn,
        ResourceKind.SECRET,
        "envoy.extensions.transport_sockets.tls.v3.Secret",
        "own",
        secret(turn));
    push(turn, ResourceKind.LISTENER, "envoy.config.listener.v3.Listener", "main", listener(turn));
    push(
        turn,
        ResourceKind.ROUTES,
        "envoy.config.route.v3.RouteConfiguration",
        "local",
        routes(turn));
  }

  private void push(int turn, ResourceKind kind, String type, String name, String yaml) {
    switch (reader.read(ConfigText.yaml(name, yaml), type)) {
      case Parsed.Valid<byte[]>(var wire) ->
          controlPlane.pushPacked(
              kind,
              Integer.toString(turn),
              Map.of(
                  name,
                  Any.newBuilder()
                      .setTypeUrl("type.googleapis.com/" + type)
                      .setValue(ByteString.copyFrom(wire))
                      .build()));
      case Parsed.Invalid<byte[]>(var problems) -> throw new AssertionError(problems);
    }
  }

  private void awaitAll(int turn) throws InterruptedException {
    for (var kind :
        List.of(
            ResourceKind.CLUSTER,
            ResourceKind.ENDPOINTS,
            ResourceKind.SECRET,
            ResourceKind.LISTENER,
            ResourceKind.ROUTES)) {
      var answer = controlPlane.awaitAnswer(kind, Integer.toString(turn), PATIENCE);
      assertThat(answer).as("%s of turn %d", kind, turn).isPresent();
      assertThat(answer.get().accepted()).as("%s of turn %d", kind, turn).isTrue();
    }
  }

  private static String cluster(int turn) {
    return """
    name: service
    type: EDS
    eds_cluster_config: { eds_config: { resource_api_version: V3, ads: {} } }
    connect_timeout: 5.%03ds
    """
        .formatted(turn % 1000);
  }

  /// Both, the first, the second.
  private String endpoints(int turn) {
    var ports = services.stream().map(TestServer::port).toList();
    var chosen =
        switch (turn % 3) {
          case 0 -> ports;
          case 1 -> ports.subList(0, 1);
          default -> ports.subList(1, 2);
        };
    var all = new StringBuilder();
    for (var port : chosen) {
      all.append(
          "{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } } },"
              .formatted(port));
    }
    return "{ cluster_name: service, endpoints: [{ lb_endpoints: [%s] }] }".formatted(all);
  }

  private String secret(int turn) throws IOException {
    var name = turn % 2 == 0 ? "one" : "two";
    return "{ name: own, tls_certificate: { certificate_chain: { inline_string: \"%s\" }, private_key: { inline_string: \"%s\" } } }"
        .formatted(pem(name + ".pem"), pem(name + ".key"));
  }

  private String pem(String name) throws IOException {
    return Files.readString(folder.resolve(name)).replace("\n", "\\n");
  }

  private static String routes(int turn) {
    return """
    name: local
    virtual_hosts:
    - name: all
      domains: ["*"]
      routes:
      - match: { prefix: /no/%1$d }
        direct_response: { status: 404 }
      - match: { prefix: / }
        route: { cluster: service, timeout: 10s }
        request_headers_to_add: [{ header: { key: x-turn, value: "%1$d" } }]
    """
        .formatted(turn);
  }

  private String listener(int turn) {
    return """
    name: main
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    per_connection_buffer_limit_bytes: %1$d
    filter_chains:
    - transport_socket:
        name: tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_certificate_sds_secret_configs: [{ name: own, sds_config: { resource_api_version: V3, ads: {} } }]
      filters:
      - name: hcm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: test
          rds: { route_config_name: local, config_source: { resource_api_version: V3, ads: {} } }
          http_filters:
          - name: guest
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: guest
                vm_config: { vm_id: guest, runtime: envoy.wasm.runtime.v8, code: { local: { filename: "%2$s" } } }
                configuration: { "@type": type.googleapis.com/google.protobuf.StringValue, value: "%3$d" }
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(1_000_000 + turn % 2, folder.resolve("guest.wasm"), turn);
  }
}
