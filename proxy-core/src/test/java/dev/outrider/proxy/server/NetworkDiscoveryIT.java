package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A TCP proxy and a listener filter that come by themselves, from files, over real sockets.
@Timeout(60)
class NetworkDiscoveryIT {
  private static final String TYPE = "type.googleapis.com/envoy.extensions.filters.";
  private static final String NETWORK = "extension_config_discovery.network_filter.end.";

  @TempDir Path folder;
  private ServerSocket one;
  private ServerSocket two;

  @BeforeEach
  void startServices() throws IOException {
    one = service('1');
    two = service('2');
  }

  @AfterEach
  void stopServices() throws IOException {
    one.close();
    two.close();
  }

  /// Answers every byte with that one.
  private static ServerSocket service(char name) throws IOException {
    var socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  var client = socket.accept();
                  Thread.ofVirtual().start(() -> answer(client, name));
                }
              } catch (IOException closed) {
                // the test is over
              }
            });
    return socket;
  }

  private static void answer(Socket client, char name) {
    try (client) {
      while (client.getInputStream().read() >= 0) {
        client.getOutputStream().write(name);
      }
    } catch (IOException ended) {
      // by the proxy
    }
  }

  private void extension(String file, String version, String name, String config)
      throws IOException {
    var text =
        """
        version_info: "%s"
        resources:
        - "@type": type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
          name: %s
          typed_config: %s
        """
            .formatted(version, name, config);
    Files.writeString(folder.resolve("next.tmp"), text, StandardCharsets.UTF_8);
    Files.move(
        folder.resolve("next.tmp"),
        folder.resolve(file),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  private void tcpProxyTo(String cluster, String version) throws IOException {
    extension(
        "end.yaml",
        version,
        "end",
        "{ '@type': %snetwork.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: %s }"
            .formatted(TYPE, cluster));
  }

  private String discovery(String file, String types) {
    return "config_discovery: { type_urls: [%s], config_source: { resource_api_version: V3, path_config_source: { path: '%s' } } }"
        .formatted(types, folder.resolve(file));
  }

  private String bootstrap() {
    return """
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    static_resources:
      clusters: [%s, %s]
      listeners:
      - name: main
        stat_prefix: main
        address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
        listener_filters: [{ name: look, %s }]
        filter_chains:
        - filters:
          - name: end
            %s
    """
        .formatted(
            cluster("one", one),
            cluster("two", two),
            discovery("look.yaml", TYPE + "listener.tls_inspector.v3.TlsInspector"),
            discovery("end.yaml", TYPE + "network.tcp_proxy.v3.TcpProxy"));
  }

  private static String cluster(String name, ServerSocket service) {
    return """
    { name: %1$s, type: STATIC, load_assignment: { cluster_name: %1$s, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %2$d } } } }] }] } }\
    """
        .formatted(name, service.getLocalPort());
  }

  /// What one byte is answered; -1 = by the end of the connection.
  private static int ask(Socket client) {
    try {
      client.getOutputStream().write("x".repeat(8).getBytes(StandardCharsets.US_ASCII));
      var first = client.getInputStream().read();
      for (var i = 1; i < 8 && first >= 0; i++) {
        assertThat(client.getInputStream().read()).isEqualTo(first);
      }
      return first;
    } catch (SocketException reset) {
      return -1;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static int askOnce(TestServer server) {
    try (var client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      return ask(client);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aTcpProxyChangesWhileItsConnectionsGoOn() throws Exception { // X26
    tcpProxyTo("one", "1");
    extension(
        "look.yaml",
        "1",
        "look",
        "{ '@type': %slistener.tls_inspector.v3.TlsInspector }".formatted(TYPE));
    try (var server = TestServer.start(bootstrap(), 2);
        var client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      assertThat(ask(client)).isEqualTo('1');

      tcpProxyTo("two", "2");
      assertThat(Eventually.get(() -> askOnce(server), answer -> answer != '1')).isEqualTo('2');
      assertThat(ask(client)).as("as it began").isEqualTo('1');

      extension("end.yaml", "3", "end", "{ '@type': %shttp.router.v3.Router }".formatted(TYPE));
      assertThat(Eventually.get(() -> server.stat(NETWORK + "config_fail"), count -> count > 0))
          .isEqualTo(1);
      assertThat(askOnce(server)).as("what was there before").isEqualTo('2');
      assertThat(server.admin("/config_dump?resource=ecds_filters").body())
          .contains("\"version_info\": \"2\"")
          .contains("\"cluster\": \"two\"")
          .contains("\"name\": \"look\"");
    }
  }

  @Test
  void connectionsAreClosedAsLongAsAFilterIsMissing() throws Exception { // X26
    Files.writeString(folder.resolve("end.yaml"), "resources: []");
    Files.writeString(folder.resolve("look.yaml"), "resources: []");
    try (var server = TestServer.start(bootstrap(), 1)) {
      assertThat(askOnce(server)).isEqualTo(-1);
      assertThat(server.stat("listener.main.extension_config_missing")).isEqualTo(1);

      extension(
          "look.yaml",
          "1",
          "look",
          "{ '@type': %slistener.tls_inspector.v3.TlsInspector }".formatted(TYPE));
      assertThat(
              Eventually.get(
                  () -> {
                    askOnce(server);
                    return server.stat("listener.main.network_extension_config_missing");
                  },
                  count -> count > 0))
          .isPositive();

      tcpProxyTo("one", "1");
      assertThat(Eventually.get(() -> askOnce(server), answer -> answer >= 0)).isEqualTo('1');
    }
  }
}
