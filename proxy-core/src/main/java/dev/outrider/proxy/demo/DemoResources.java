package dev.outrider.proxy.demo;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import java.nio.file.Path;

/// The demo's configuration, as the YAML a platform engineer would write, and its way to the wire.
///
/// @param reader turns YAML into messages
/// @param filters folder of the example filters
record DemoResources(ConfigReader reader, Path filters) {
  static final String LISTENER = "envoy.config.listener.v3.Listener";
  static final String ROUTES = "envoy.config.route.v3.RouteConfiguration";
  static final String CLUSTER = "envoy.config.cluster.v3.Cluster";
  static final String ENDPOINTS = "envoy.config.endpoint.v3.ClusterLoadAssignment";

  /// What the rate limit allows on `/limited`, in a minute.
  static final int BURST = 5;

  /// Started with: where the control plane is, and that everything else comes from there.
  static String bootstrap(int adsPort) {
    return """
    node: { id: demo-proxy, cluster: demo }
    admin:
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    dynamic_resources:
      ads_config:
        api_type: GRPC
        transport_api_version: V3
        grpc_services:
          - envoy_grpc: { cluster_name: control-plane }
      cds_config: { resource_api_version: V3, ads: {} }
      lds_config: { resource_api_version: V3, ads: {} }
    static_resources:
      clusters:
        - name: control-plane
          type: STATIC
          typed_extension_protocol_options:
            envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
              "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
              explicit_http_config: { http2_protocol_options: {} }
          load_assignment:
            cluster_name: control-plane
            endpoints:
              - lb_endpoints:
                  - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } }
    """
        .formatted(adsPort);
  }

  Any cluster(String name) {
    return message(
        CLUSTER,
        """
        name: %s
        type: EDS
        connect_timeout: 1s
        eds_cluster_config: { eds_config: { resource_api_version: V3, ads: {} } }
        """
            .formatted(name));
  }

  Any endpoints(String cluster, int port) {
    return message(
        ENDPOINTS,
        """
        cluster_name: %s
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } }
        """
            .formatted(cluster, port));
  }

  /// @param canaryPercent share of ordinary requests that v2 gets
  Any routes(int canaryPercent) {
    return message(
        ROUTES,
        """
        name: demo
        virtual_hosts:
          - name: demo
            domains: ["*"]
            routes:
              - match: { prefix: /down }
                route: { cluster: down }
              - match: { path: /hello }
                direct_response: { status: 200, body: { inline_string: "hello from the route table\\n" } }
              - match:
                  prefix: /
                  headers: [{ name: x-route-to, string_match: { exact: canary } }]
                route: { cluster: v2 }
              - match: { prefix: / }
                route:
                  weighted_clusters:
                    clusters:
                      - { name: v1, weight: %d }
                      - { name: v2, weight: %d }
        """
            .formatted(100 - canaryPercent, canaryPercent));
  }

  /// A route table that no proxy should accept: a virtual host without domains.
  Any brokenRoutes() {
    return message(
        ROUTES,
        """
        name: demo
        virtual_hosts:
          - name: demo
            domains: []
            routes:
              - match: { prefix: / }
                route: { cluster: v1 }
        """);
  }

  /// @param chain the filters in order, each made by [#filter]
  Any listener(int port, String... chain) {
    return message(
        LISTENER,
        """
        name: demo
        address: { socket_address: { address: 127.0.0.1, port_value: %d } }
        filter_chains:
          - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: demo
                  rds: { route_config_name: demo, config_source: { resource_api_version: V3, ads: {} } }
                  http_filters:
        %s            - name: envoy.filters.http.router
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
        """
            .formatted(port, String.join("", chain).indent(12)));
  }

  /// One Wasm filter of a chain, with its configuration in JSON.
  String filter(String name, String configuration) {
    return filter(name, name, configuration);
  }

  /// The same, with the module of another filter.
  String filter(String name, String module, String configuration) {
    return """
    - name: %s
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
        config:
          name: %s
          root_id: %s
          failure_policy: FAIL_RELOAD
          vm_config:
            vm_id: %s
            runtime: envoy.wasm.runtime.v8
            code: { local: { filename: "%s" } }
          configuration:
            "@type": type.googleapis.com/google.protobuf.StringValue
            value: '%s'
    """
        .formatted(
            name,
            name,
            name,
            name,
            filters.resolve(module).resolve(module + ".wasm"),
            configuration.strip());
  }

  static String authConfiguration() {
    return """
    {"jwt": {"issuer": "%s", "audiences": ["%s"], "keys": [{"algorithm": "HS256", "secret": "%s"}]}, \
    "remove_credential": true}
    """
        .formatted(DemoToken.ISSUER, DemoToken.AUDIENCE, DemoToken.SECRET);
  }

  /// @param burst requests that `/limited` takes in a minute
  static String rateLimitConfiguration(int burst) {
    return """
    {"limits": [{"name": "limited", "path_prefix": "/limited", "requests": %d, "per": "minute"}, \
    {"name": "subject", "header": "x-auth-subject", "requests": 100000, "burst": 100000}, \
    {"name": "nobody", "path_prefix": "/", "requests": 100000, "burst": 100000}]}
    """
        .formatted(burst);
  }

  static String routingConfiguration() {
    return """
    {"rules": [{"target": "canary", "header": "x-canary", "value": "always"}, \
    {"target": "canary", "cookie": "canary", "value": "1"}, \
    {"target": "canary", "path_prefix": "/share", "percent": 20, "by_header": "x-user"}], \
    "rewrites": [{"prefix": "/old/", "replacement": "/new/"}]}
    """;
  }

  private Any message(String type, String yaml) {
    return switch (reader.read(ConfigText.yaml("demo " + type, yaml), type)) {
      case Parsed.Valid<byte[]>(var bytes) ->
          Any.newBuilder()
              .setTypeUrl("type.googleapis.com/" + type)
              .setValue(ByteString.copyFrom(bytes))
              .build();
      case Parsed.Invalid<byte[]>(var problems) ->
          throw new IllegalStateException(problems.toString());
    };
  }
}
