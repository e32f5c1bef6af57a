package dev.outrider.bench;

import dev.outrider.bench.wire.Wire;
import org.jspecify.annotations.Nullable;

/// The configuration of the proxy that is measured: one listener, one route, one cluster that is
/// used, and as many others as are asked for.
///
/// @param example the only filter before the router, or none
/// @param upstream how the service is spoken to
/// @param port of the service
/// @param window of each stream towards the service, and of each connection to it; only for HTTP/2
/// @param idleClusters how many clusters of ten endpoints nobody calls
record Bootstrap(@Nullable Example example, Wire upstream, int port, int window, int idleClusters) {
  private static final int ENDPOINTS = 10;
  private static final int DEFAULT_WINDOW = 65_535;

  /// What a request needs and nothing else.
  static Bootstrap of(Wire upstream, int port) {
    return new Bootstrap(null, upstream, port, DEFAULT_WINDOW, 0);
  }

  Bootstrap withExample(@Nullable Example filter) {
    return new Bootstrap(filter, upstream, port, window, idleClusters);
  }

  Bootstrap withWindow(int bytes) {
    return new Bootstrap(example, upstream, port, bytes, idleClusters);
  }

  Bootstrap withIdleClusters(int count) {
    return new Bootstrap(example, upstream, port, window, count);
  }

  /// As YAML.
  String text() {
    var text = new StringBuilder(main());
    for (int cluster = 0; cluster < idleClusters; cluster++) {
      text.append(idle(cluster));
    }
    return text.toString();
  }

  private String main() {
    return """
    static_resources:
      listeners:
      - name: main
        address: {socket_address: {address: 127.0.0.1, port_value: 0}}
        filter_chains:
        - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: bench
              route_config:
                name: local
                virtual_hosts:
                - name: all
                  domains: ["*"]
                  routes: [{match: {prefix: "/"}, route: {cluster: service}}]
              http_filters:
    %s          - name: envoy.filters.http.router
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
      clusters:
      - name: service
        type: STATIC
    %s    load_assignment:
          cluster_name: service
          endpoints:
          - lb_endpoints:
            - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
    """
        .formatted(
            example == null ? "" : filter(example),
            switch (upstream) {
              case HTTP1 -> "";
              case HTTP2 -> protocol(window);
            },
            port);
  }

  private static String protocol(int window) {
    return """
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config:
              http2_protocol_options: {initial_stream_window_size: %d, initial_connection_window_size: %d}
    """
        .formatted(window, window);
  }

  private static String filter(Example example) {
    var configuration = example.configuration().replace("\n", " ").replace("'", "''");
    return """
              - name: wasm
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
                  config:
                    name: %s
                    vm_config: {code: {local: {filename: "%s"}}}
    """
            .formatted(example.name(), example.module().toAbsolutePath())
        + (configuration.isBlank()
            ? ""
            : """
                            configuration:
                              "@type": type.googleapis.com/google.protobuf.StringValue
                              value: '%s'
            """
                .formatted(configuration));
  }

  private static String idle(int number) {
    var endpoints = new StringBuilder();
    for (int endpoint = 1; endpoint <= ENDPOINTS; endpoint++) {
      endpoints.append(
          "        - endpoint: {address: {socket_address: {address: 10.%d.%d.%d, port_value: 80}}}\n"
              .formatted(number / 250, number % 250, endpoint));
    }
    return """
      - name: idle-%d
        type: STATIC
        load_assignment:
          cluster_name: idle-%d
          endpoints:
          - lb_endpoints:
    """
            .formatted(number, number)
        + endpoints.toString().indent(4);
  }
}
