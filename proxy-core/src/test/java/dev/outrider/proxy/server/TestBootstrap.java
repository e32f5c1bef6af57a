package dev.outrider.proxy.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A bootstrap of one listener, as YAML, from the parts that a test is about.
public final class TestBootstrap {
  private final List<String> routes = new ArrayList<>();
  private final List<String> clusters = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private final StringBuilder filters = new StringBuilder();
  private String accessLog = "[]";
  private int listenerPort;

  private TestBootstrap() {}

  public static TestBootstrap create() {
    return new TestBootstrap();
  }

  /// Of a proxy that takes everything from a control plane over ADS, whose cluster is `xds`.
  ///
  /// @param sources what is asked for as a whole: `cds`, `lds`
  public static String overAds(int adsPort, String... sources) {
    var asked = new StringBuilder();
    for (var source : sources) {
      asked.append("  %s_config: { resource_api_version: V3, ads: {} }\n".formatted(source));
    }
    return """
    node: { id: node-1, cluster: c }
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    dynamic_resources:
      ads_config:
        api_type: GRPC
        transport_api_version: V3
        grpc_services: [{ envoy_grpc: { cluster_name: xds } }]
    %s\
    static_resources:
      clusters:
      - name: xds
        type: STATIC
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
        .formatted(asked, adsPort);
  }

  /// A cluster of the same name as its only route's.
  public TestBootstrap service(String prefix, String name, int... ports) {
    return route("{ match: { prefix: %s }, route: { cluster: %s } }".formatted(prefix, name))
        .cluster(name, ports);
  }

  public TestBootstrap route(String yaml) {
    routes.add(yaml);
    return this;
  }

  public TestBootstrap cluster(String name, int... ports) {
    return cluster(name, "", ports);
  }

  /// A cluster that speaks HTTP/2 without TLS.
  public TestBootstrap http2Cluster(String name, int... ports) {
    return cluster(
        name,
        "typed_extension_protocol_options: {"
            + " envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { \"@type\":"
            + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions,"
            + " explicit_http_config: { http2_protocol_options: {} } } },",
        ports);
  }

  /// A cluster of another kind, as YAML.
  public TestBootstrap rawCluster(String yaml) {
    clusters.add(yaml);
    return this;
  }

  /// A cluster of which more is said.
  ///
  /// @param options further fields of the cluster, each with a comma behind it
  public TestBootstrap cluster(String name, String options, int... ports) {
    var endpoints = new StringBuilder();
    for (int port : ports) {
      endpoints.append(
          "{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } } },"
              .formatted(port));
    }
    clusters.add(
        ("{ name: %1$s, type: STATIC, %3$s load_assignment: { cluster_name: %1$s, endpoints: [{"
                + " lb_endpoints: [%2$s] }] } }")
            .formatted(name, endpoints, options));
    return this;
  }

  public TestBootstrap wasm(String name, Path module, String configuration) {
    filters.append(
        """
        - name: %1$s
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
            config:
              name: %1$s
              root_id: %1$s-root
              vm_config:
                vm_id: %1$s-vm
                runtime: envoy.wasm.runtime.v8
                code: { local: { filename: "%2$s" } }
              configuration:
                "@type": type.googleapis.com/google.protobuf.StringValue
                value: '%3$s'
        """
            .formatted(name, module.toAbsolutePath(), configuration));
    return this;
  }

  public TestBootstrap filter(String yaml) {
    filters.append(yaml);
    return this;
  }

  /// Access logs, as a YAML sequence.
  public TestBootstrap accessLog(String yaml) {
    accessLog = yaml;
    return this;
  }

  /// One more field of the connection manager, as `name: value`.
  public TestBootstrap option(String yaml) {
    options.add(yaml);
    return this;
  }

  public TestBootstrap listenOn(int port) {
    listenerPort = port;
    return this;
  }

  /// The listener alone, named `main`.
  public String listener() {
    return """
    name: main
    address: { socket_address: { address: 127.0.0.1, port_value: %d } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: test
          access_log: %s
          %s
          route_config:
            name: local
            validate_clusters: false
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [%s]
          http_filters:
    %s      - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(
            listenerPort,
            accessLog,
            String.join("\n      ", options),
            String.join(", ", routes),
            filters.toString().indent(6));
  }

  public String yaml() {
    return """
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    static_resources:
      clusters: [%s]
      listeners:
      -
    %s\
    """
        .formatted(String.join(", ", clusters), listener().indent(4));
  }
}
