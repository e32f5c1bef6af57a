package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Listeners on Unix domain sockets and on several addresses, and services behind such sockets.
@Timeout(60)
class PipeIT {
  @TempDir private Path directory;

  private static String listener(String name, String address, String more, String route) {
    return """
      - name: %1$s
        stat_prefix: %1$s
        address: { %2$s }
        %3$s
        filter_chains:
        - filters:
          - name: hcm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: %1$s
              use_remote_address: true
              route_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, %4$s }] }] }
              http_filters: [{ name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
    """
        .formatted(name, address, more, route);
  }

  private static String answers(String body) {
    return "direct_response: { status: 200, body: { inline_string: " + body + " } }";
  }

  private static String at(int port) {
    return "socket_address: { address: 127.0.0.1, port_value: " + port + " }";
  }

  private static String pipe(Object path) {
    return "pipe: { path: \"" + path + "\" }";
  }

  private static String cluster(String path) {
    return """
      - name: up
        type: STATIC
        load_assignment: { cluster_name: up, endpoints: [{ lb_endpoints: [{ endpoint: { address: { %s } } }] }] }
    """
        .formatted(pipe(path));
  }

  private static String yaml(String clusters, String... listeners) {
    return "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }\n"
        + "static_resources:\n"
        + (clusters.isEmpty() ? "" : "  clusters:\n" + clusters)
        + "  listeners:\n"
        + String.join("", listeners);
  }

  /// The answer to one request over a pipe, to its end.
  private static String ask(Path path) throws IOException {
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.write(
          StandardCharsets.US_ASCII.encode(
              "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"));
      var answer = ByteBuffer.allocate(4096);
      while (channel.read(answer) >= 0) {
        assertThat(answer.hasRemaining()).isTrue();
      }
      return StandardCharsets.US_ASCII.decode(answer.flip()).toString();
    }
  }

  @Test
  void servesAPipeOnAllWorkers() throws Exception {
    var path = directory.resolve("l.sock");
    var address = "pipe: { path: " + path + ", mode: 384 }";
    try (var server = TestServer.start(yaml("", listener("main", address, "", answers("hi"))), 2)) {
      for (var i = 0; i < 8; i++) {
        assertThat(ask(path)).startsWith("HTTP/1.1 200 OK").endsWith("\r\n\r\nhi");
      }

      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      assertThat(server.stat("listener.main.worker_0.downstream_cx_total")).isEqualTo(4);
      assertThat(server.stat("listener.main.worker_1.downstream_cx_total")).isEqualTo(4);
      assertThat(server.admin("/listeners").body()).isEqualTo("main::" + path + "\n");
    }
  }

  @Test
  void takesThePlaceOfASocketThatAnEarlierProcessLeftBehind() throws Exception {
    var path = directory.resolve("l.sock");
    try (var before = java.nio.channels.ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      before.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();

    try (var server =
        TestServer.start(yaml("", listener("main", pipe(path), "", answers("hi"))), 1)) {
      assertThat(ask(path)).endsWith("hi");
      assertThat(server.stat("listener.main.downstream_cx_total")).isEqualTo(1);
    }
  }

  @Test
  void whoComesLaterKeepsTheFile() throws Exception {
    var path = directory.resolve("l.sock");
    var yaml = yaml("", listener("main", pipe(path), "", answers("old")));
    var next = yaml("", listener("main", pipe(path), "", answers("new")));
    TestServer after;
    try (var before = TestServer.start(yaml, 2)) {
      assertThat(ask(path)).endsWith("old");
      assertThat(before.stat("listener.main.downstream_cx_total")).isEqualTo(1);
      after = TestServer.start(next, 2);
    }
    try (after) {
      assertThat(ask(path)).endsWith("new");
      assertThat(after.stat("listener.main.downstream_cx_total")).isEqualTo(1);
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void deletesNoFileThatIsNotASocket() throws Exception {
    var path = Files.writeString(directory.resolve("notes.txt"), "mine");

    org.assertj.core.api.Assertions.assertThatThrownBy(
            () ->
                TestServer.start(yaml("", listener("main", pipe(path), "", answers("hi"))), 1)
                    .close())
        .hasMessageContaining("listener 'main' cannot bind " + path)
        .hasMessageContaining("there is a file that is not a socket");

    assertThat(path).hasContent("mine");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void reachesServicesBehindPipesAndAbstractNames() throws Exception {
    var name = "@outrider-" + directory.getFileName();
    for (var path : new String[] {directory.resolve("s.sock").toString(), name}) {
      var yaml =
          yaml(
              cluster(path),
              listener("main", at(0), "", "route: { cluster: up }"),
              listener("service", pipe(path), "", answers("served")));
      try (var server = TestServer.start(yaml, 2)) {
        assertThat(server.get("/").body()).isEqualTo("served");
        assertThat(server.admin("/clusters").body()).contains("up::" + path + "::cx_total::1");
      }
    }
  }

  @Test
  void aServiceThatIsNotThereIsAConnectionFailure() throws Exception {
    var yaml =
        yaml(
            cluster(directory.resolve("none.sock").toString()),
            listener("main", at(0), "", "route: { cluster: up }"));
    try (var server = TestServer.start(yaml, 1)) {
      var response = server.get("/");

      assertThat(response.status()).isEqualTo("HTTP/1.1 503 Service Unavailable");
      assertThat(response.body()).contains("remote connection failure");
    }
  }

  @Test
  void servesEveryAddressOfAListener() throws Exception {
    var path = directory.resolve("l.sock");
    var more =
        "additional_addresses: [{ address: { %s } }, { address: { %s } }]"
            .formatted(pipe(path), at(0));
    try (var server = TestServer.start(yaml("", listener("main", at(0), more, answers("hi"))), 2)) {
      var lines = server.admin("/listeners").body().lines().toList();

      assertThat(lines).hasSize(3).contains("main::" + path);
      assertThat(server.get("/").body()).isEqualTo("hi");
      assertThat(ask(path)).endsWith("hi");
      var port = Integer.parseInt(lines.getLast().substring(lines.getLast().lastIndexOf(':') + 1));
      try (var client = new dev.outrider.proxy.worker.RawClient(port)) {
        assertThat(client.get("/").read().body()).isEqualTo("hi");
      }
      assertThat(server.stat("listener.main.downstream_cx_total")).isEqualTo(3);
    }
  }

  @Test
  void oneSocketServesAllWorkersWhereThePortIsNotShared() throws Exception {
    var listener = listener("main", at(0), "enable_reuse_port: false", answers("hi"));
    try (var server = TestServer.start(yaml("", listener), 2)) {
      for (var i = 0; i < 4; i++) {
        assertThat(server.get("/").body()).isEqualTo("hi");
      }

      assertThat(server.stat("listener.main.worker_0.downstream_cx_total")).isEqualTo(2);
      assertThat(server.stat("listener.main.worker_1.downstream_cx_total")).isEqualTo(2);
    }
  }

  @Test
  void setsSocketOptionsAndNamesTheOneThatTheSystemRefuses() throws Exception {
    var good =
        listener(
            "main",
            at(0),
            "freebind: true\n"
                + "    tcp_fast_open_queue_length: 4\n"
                + "    socket_options: [{ level: 6, name: 2, buf_value: ZAIAAA==, state:"
                + " STATE_PREBIND }]",
            answers("hi"));
    var bad =
        listener(
            "bad", at(0), "socket_options: [{ level: 6, name: 2, int_value: 1 }]", answers("none"));
    try (var server = TestServer.start(yaml("", good), 2)) {
      assertThat(server.get("/").body()).isEqualTo("hi");
    }

    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> TestServer.start(yaml("", bad), 2).close())
        .hasMessageContaining("listener 'bad' cannot bind 127.0.0.1:0")
        .hasMessageContaining("socket option 6/2 cannot be set")
        .hasMessageContaining("Invalid argument");
  }
}
