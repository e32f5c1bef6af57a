package dev.outrider.bench;

import org.jspecify.annotations.Nullable;

/// The configuration of the proxy that is measured: one listener, one route, one cluster that is
/// used, and as many others as are asked for.
final class Bootstrap {
  private static final int ENDPOINTS = 10;

  private Bootstrap() {}

  /// @param idleClusters how many clusters of ten endpoints nobody calls
  static String text(@Nullable Example example, int port, int idleClusters) {
    var text = new StringBuilder(main(example, port));
    for (int cluster = 0; cluster < idleClusters; cluster++) {
      text.append(idle(cluster));
    }
    return text.toString();
  }

  private static String main(@Nullable Example example, int port) {
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
        load_assignment:
          cluster_name: service
          endpoints:
          - lb_endpoints:
            - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
    """
        .formatted(example == null ? "" : filter(example), port);
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
