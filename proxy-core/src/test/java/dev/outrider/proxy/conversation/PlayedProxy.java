package dev.outrider.proxy.conversation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A proxy that takes everything from one control plane, as a child process. The thread that makes
/// it must outlive it: an Envoy ends with the thread that started it.
final class PlayedProxy implements AutoCloseable {
  private final Process process;

  /// @param folder of its own, for bootstrap and log
  PlayedProxy(List<String> command, Path folder, String bootstrap) throws IOException {
    var file = Files.createDirectories(folder).resolve("bootstrap.yaml");
    Files.writeString(file, bootstrap);
    var full = new ArrayList<>(command);
    full.addAll(List.of("-c", file.toString(), "--concurrency", "1", "-l", "info"));
    full.addAll(List.of("--drain-time-s", "1", "--drain-strategy", "immediate"));
    process =
        new ProcessBuilder(full)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("proxy.log").toFile())
            .start();
  }

  static String bootstrap(int port, String apiType, Script script) {
    return """
    node: { id: n1, cluster: c1 }
    dynamic_resources:
      ads_config:
        api_type: %s
        transport_api_version: V3
        set_node_on_first_message_only: %s
        grpc_services: [{ envoy_grpc: { cluster_name: xds } }]
      cds_config: { resource_api_version: V3, ads: {} }
      lds_config: { resource_api_version: V3, ads: {} }
    static_resources:
      clusters:
      - name: xds
        type: STATIC
        connect_timeout: 5s
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config: { http2_protocol_options: {} }
        load_assignment:
          cluster_name: xds
          endpoints:
          - lb_endpoints:
            - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } }
    """
            .formatted(apiType, !script.nodeOnEveryMessage(), port)
        + script.bootstrap();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
