package dev.outrider.proxy.server;

import dev.outrider.proxy.tls.SecretBytes;
import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.worker.ScriptedUpstream;
import java.util.Base64;

/// What the real control planes of tests serve, in JSON, each resource with its `@type`; and the
/// bootstrap of a proxy that takes it.
final class PlaneResources {
  private PlaneResources() {}

  /// Each resource is asked for where its owner came from.
  static String itself(String resource, String apiType) {
    return resource.replace("{\"ads\": {}, \"resourceApiVersion\": \"V3\"}", source(apiType));
  }

  static String byType(String apiType, int port) {
    return bootstrap(apiType, port)
        .replaceAll("(?s) ads_config:.*?cds_config", " cds_config")
        .replace("{ resource_api_version: V3, ads: {} }", source(apiType));
  }

  static String source(String apiType) {
    return """
    {"resourceApiVersion": "V3", "apiConfigSource": {"apiType": "%s", "transportApiVersion": "V3",
      "grpcServices": [{"envoyGrpc": {"clusterName": "xds"}}]}}\
    """
        .formatted(apiType);
  }

  static String cluster(String name) {
    return """
    {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "%s", "type": "EDS",
     "edsClusterConfig": {"edsConfig": {"ads": {}, "resourceApiVersion": "V3"}}}
    """
        .formatted(name);
  }

  static String endpoints(String name, ScriptedUpstream upstream) {
    return """
    {"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", %s}
    """
        .formatted(assignment(name, upstream.port()));
  }

  static String fixed(String name, int port) {
    return """
    {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "%s",
     "loadAssignment": {%s}}
    """
        .formatted(name, assignment(name, port));
  }

  static String assignment(String name, int port) {
    return """
    "clusterName": "%s", "endpoints": [{"lbEndpoints": [{"endpoint": {"address": {"socketAddress":
      {"address": "127.0.0.1", "portValue": %d}}}}]}]
    """
        .formatted(name, port);
  }

  static String listener() {
    return """
    {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "main",
     "address": {"socketAddress": {"address": "127.0.0.1", "portValue": 0}},
     "filterChains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager",
       "typedConfig": {
         "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
         "statPrefix": "main",
         "rds": {"routeConfigName": "local",
           "configSource": {"ads": {}, "resourceApiVersion": "V3"}},
         "httpFilters": [{"name": "envoy.filters.http.router", "typedConfig":
           {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}
    """;
  }

  /// The listener `main`, whose first filter is the extension `check`.
  static String extendedListener() {
    return listener()
        .replace(
            "\"httpFilters\": [",
            """
            "httpFilters": [{"name": "check", "configDiscovery": {
              "configSource": {"ads": {}, "resourceApiVersion": "V3"},
              "typeUrls": ["type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck"]}},
            """);
  }

  /// The extension `check`: answers 200 on a path.
  static String extension(String path) {
    return """
    {"@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", "name": "check",
     "typedConfig": {
       "@type": "type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck",
       "passThroughMode": false,
       "headers": [{"name": ":path", "stringMatch": {"exact": "%s"}}]}}
    """
        .formatted(path);
  }

  /// The layer `rt` of the runtime.
  static String layer(int value) {
    return """
    {"@type": "type.googleapis.com/envoy.service.runtime.v3.Runtime", "name": "rt",
     "layer": {"some.key": %d}}
    """
        .formatted(value);
  }

  /// A bootstrap with a layer of the runtime that comes from the control plane.
  static String withLayer(String bootstrap) {
    return bootstrap
        + """
        layered_runtime:
          layers:
          - name: remote
            rtds_layer: { name: rt, rtds_config: { ads: {}, resource_api_version: V3 } }
        """;
  }

  /// A listener `secured`, with TLS and the certificate of the secret `own`.
  static String securedListener() {
    return """
    {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "secured",
     "address": {"socketAddress": {"address": "127.0.0.1", "portValue": 0}},
     "filterChains": [{
       "transportSocket": {"name": "envoy.transport_sockets.tls", "typedConfig": {
         "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
         "commonTlsContext": {"tlsCertificateSdsSecretConfigs": [
           {"name": "own", "sdsConfig": {"ads": {}, "resourceApiVersion": "V3"}}]}}},
       "filters": [{"name": "envoy.filters.network.http_connection_manager", "typedConfig": {
         "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
         "statPrefix": "secured",
         "rds": {"routeConfigName": "local",
           "configSource": {"ads": {}, "resourceApiVersion": "V3"}},
         "httpFilters": [{"name": "envoy.filters.http.router", "typedConfig":
           {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}
    """;
  }

  /// The secret `own`.
  static String secret(TestCertificates.Pair pair) {
    return """
    {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", "name": "own",
     "tlsCertificate": {"certificateChain": {"inlineBytes": "%s"},
       "privateKey": {"inlineBytes": "%s"}}}
    """
        .formatted(base64(pair.chain()), base64(pair.key()));
  }

  private static String base64(SecretBytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.bytes());
  }

  static String routes(String prefix) {
    return """
    {"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": "local",
     "virtualHosts": [{"name": "all", "domains": ["*"], "routes": [
       {"match": {"prefix": "%s/"}, "route": {"cluster": "a", "prefixRewrite": "/"}}]}]}
    """
        .formatted(prefix);
  }

  static String bootstrap(String apiType, int port) {
    return """
    node: { id: node-1, cluster: c }
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    dynamic_resources:
      ads_config:
        api_type: %s
        transport_api_version: V3
        set_node_on_first_message_only: true
        grpc_services:
        - envoy_grpc:
            cluster_name: xds
            retry_policy: { retry_back_off: { base_interval: 0.5s, max_interval: 1s } }
      cds_config: { resource_api_version: V3, ads: {} }
      lds_config: { resource_api_version: V3, ads: {} }
    static_resources:
      clusters:
      - name: xds
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
        .formatted(apiType, port);
  }
}
