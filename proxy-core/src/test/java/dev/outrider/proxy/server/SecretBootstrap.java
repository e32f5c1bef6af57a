package dev.outrider.proxy.server;

/// A bootstrap of one listener over TLS, whose service is itself, over TLS: what both ends are
/// secured with is the test's.
final class SecretBootstrap {
  private static final String TYPE =
      "\"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.";

  private String secrets = "";
  private String downstream = "";
  private String upstream = "";
  private int servicePort;

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
        filter_chains:
        - transport_socket: {name: tls, typed_config: {%sDownstreamTlsContext, %s}}
          filters:
          - name: hcm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: test
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
        .formatted(secrets, cluster(), TYPE, downstream);
  }
}
