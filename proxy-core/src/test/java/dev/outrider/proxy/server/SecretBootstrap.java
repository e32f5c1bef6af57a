package dev.outrider.proxy.server;

import java.nio.file.Path;

/// A bootstrap of one listener over TLS, whose service is itself, over TLS: what both ends are
/// secured with is the test's.
final class SecretBootstrap {
  private static final String TYPE =
      "\"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.";

  private String secrets = "";
  private String downstream = "";
  private String upstream = "";
  private int servicePort;
  private String requestLog = "[]";
  private String connectionLog = "[]";

  static SecretBootstrap create() {
    return new SecretBootstrap();
  }

  /// Of `static_resources`, as a flow sequence.
  SecretBootstrap secrets(String yaml) {
    secrets = yaml;
    return this;
  }

  /// The fields of the `DownstreamTlsContext`, as a flow mapping.
  SecretBootstrap downstream(String yaml) {
    downstream = yaml;
    return this;
  }

  /// The fields of the `UpstreamTlsContext` of the cluster behind `/service`.
  SecretBootstrap upstream(String yaml, int port) {
    upstream = yaml;
    servicePort = port;
    return this;
  }

  /// Formats of the access logs of requests and of connections, which both go to `file`.
  SecretBootstrap logs(Path file, String requests, String connections) {
    requestLog = log(file, requests);
    connectionLog = log(file, connections);
    return this;
  }

  private static String log(Path file, String format) {
    return """
    [{name: file, typed_config: {"@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog,\
     path: "%s", log_format: {text_format_source: {inline_string: "%s\\n"}}}}]\
    """
        .formatted(file, format);
  }

  private String cluster() {
    return upstream.isEmpty()
        ? ""
        : """
        {name: service, type: STATIC, load_assignment: {cluster_name: service, endpoints: [{lb_endpoints: [
          {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]},
          transport_socket: {name: tls, typed_config: {%sUpstreamTlsContext, %s}}}\
        """
            .formatted(servicePort, TYPE, upstream);
  }

  String yaml() {
    return """
    node: {id: here, cluster: c}
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    static_resources:
      secrets: [%s]
      clusters: [%s]
      listeners:
      - name: main
        stat_prefix: main
        address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
        access_log: %s
        filter_chains:
        - transport_socket: {name: tls, typed_config: {%sDownstreamTlsContext, %s}}
          filters:
          - name: hcm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: test
              access_log: %s
              route_config:
                validate_clusters: false
                virtual_hosts:
                - name: all
                  domains: ["*"]
                  routes:
                  - {match: {prefix: /service}, route: {cluster: service, prefix_rewrite: /}}
                  - {match: {prefix: /}, direct_response: {status: 200, body: {inline_string: ok}}}
              http_filters:
              - name: envoy.filters.http.router
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(secrets, cluster(), connectionLog, TYPE, downstream, requestLog);
  }
}
