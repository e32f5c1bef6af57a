package dev.outrider.proxy.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `outrider control-plane` serves, and what it tells whoever started it.
class ServedFolderIT {
  @TempDir Path folder;
  private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private void write(String text, int status) throws IOException {
    var made = Files.writeString(folder.resolve("listeners.new"), listener(text, status));
    Files.move(made, folder.resolve("listeners.yaml"), StandardCopyOption.REPLACE_EXISTING);
  }

  /// The next line that is not about an ordinary answer.
  private String line(String start) throws InterruptedException {
    for (var line = lines.poll(30, TimeUnit.SECONDS);
        line != null;
        line = lines.poll(30, TimeUnit.SECONDS)) {
      if (line.startsWith(start)) {
        return line;
      }
    }
    throw new AssertionError("no line starts with " + start);
  }

  @Test
  void servesTheFolderFollowsItAndSaysWhatProxiesThink() throws Exception {
    write("one", 200);
    try (var served = ServedFolder.open(folder, 0, lines::add);
        var server = TestServer.start(bootstrap(served.port()), 1)) {
      assertThat(line("version 1")).isEqualTo("version 1 of listener: [main]");
      assertThat(line("a proxy has")).isEqualTo("a proxy has version 1 of Listener");
      assertThat(server.get("/").body()).isEqualTo("one");

      write("two", 200);
      assertThat(line("a proxy has")).isEqualTo("a proxy has version 2 of Listener");

      Files.writeString(folder.resolve("bad.yaml"), "resources: [");
      assertThat(line("not pushed: ")).contains("bad.yaml");
      Files.delete(folder.resolve("bad.yaml"));

      write("three", 99);
      assertThat(line("a proxy refused")).contains("of Listener: ").contains("main");
      assertThat(server.get("/").body()).isEqualTo("two");
    }
  }

  private static String listener(String text, int status) {
    return """
    resources:
    - "@type": type.googleapis.com/envoy.config.listener.v3.Listener
      name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
      - filters:
        - name: hcm
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: main
            route_config:
              virtual_hosts:
              - name: all
                domains: ["*"]
                routes:
                - { match: { prefix: / }, direct_response: { status: %d, body: { inline_string: "%s" } } }
            http_filters:
            - name: router
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(status, text);
  }

  private static String bootstrap(int port) {
    return """
    node: { id: node-1, cluster: c }
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    dynamic_resources:
      lds_config: { ads: {} }
      ads_config: { api_type: GRPC, grpc_services: [{ envoy_grpc: { cluster_name: xds } }] }
    static_resources:
      clusters:
      - name: xds
        load_assignment:
          cluster_name: xds
          endpoints:
          - lb_endpoints:
            - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } }
    """
        .formatted(port);
  }
}
