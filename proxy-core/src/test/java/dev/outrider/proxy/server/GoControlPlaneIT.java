package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxy.worker.ScriptedUpstream;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A proxy that a real control plane steers, over one aggregated stream (X35 of the reference).
class GoControlPlaneIT {
  private final ScriptedUpstream first = new ScriptedUpstream();
  private final ScriptedUpstream second = new ScriptedUpstream();

  @BeforeEach
  void isBuilt() {
    assumeTrue(
        Files.isExecutable(GoControlPlane.PROGRAM),
        "no " + GoControlPlane.PROGRAM + ": run .ci/control-planes");
  }

  @AfterEach
  void stop() throws Exception {
    first.close();
    second.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GRPC", "DELTA_GRPC"})
  void followsItThroughGoodAndBadSnapshotsAndItsDeath(String apiType) throws Exception {
    var plane = new GoControlPlane(0);
    plane.serve("1", cluster("a"), endpoints("a", first), listener(), routes("/one"));
    try (var server = TestServer.start(bootstrap(apiType, plane.port()), 2)) {
      assertThat(server.get("/one/head").code()).isEqualTo(200);
      assertThat(server.get("/two/head").code()).isEqualTo(404);

      // Other endpoints and other routes.
      plane.serve("2", cluster("a"), endpoints("a", second), listener(), routes("/two"));
      var moved = Eventually.get(() -> server.get("/two/head"), response -> response.code() == 200);
      assertThat(moved.code()).isEqualTo(200);
      assertThat(
              Eventually.get(
                  () -> server.admin("/clusters").body(),
                  page -> page.contains("a::127.0.0.1:" + second.port())))
          .contains("a::127.0.0.1:" + second.port())
          .doesNotContain("a::127.0.0.1:" + first.port());

      // A bad cluster beside a good one, mended with the next snapshot.
      plane.serve(
          "3",
          cluster("a"),
          fixed("bad", 70_000),
          fixed("good", first.port()),
          endpoints("a", second),
          listener(),
          routes("/two"));
      assertThat(plane.awaitLine("nack type.googleapis.com/envoy.config.cluster.v3.Cluster"))
          .contains("Error adding/updating cluster(s) bad: ");
      assertThat(server.admin("/clusters").body()).contains("good::127.0.0.1:" + first.port());
      plane.serve("4", cluster("a"), endpoints("a", second), listener(), routes("/two"));
      assertThat(
              Eventually.get(
                  () -> server.admin("/clusters").body(), page -> !page.contains("good::")))
          .doesNotContain("good::");
      assertThat(server.get("/two/head").code()).isEqualTo(200);

      // It dies, and another one comes that knows more.
      var port = plane.port();
      plane.close();
      assertThat(server.get("/two/head").code()).isEqualTo(200);
      plane = new GoControlPlane(port);
      plane.serve("5", cluster("a"), endpoints("a", first), listener(), routes("/three"));
      assertThat(
              Eventually.get(() -> server.get("/three/head"), response -> response.code() == 200)
                  .code())
          .isEqualTo(200);
      assertThat(server.admin("/config_dump?resource=dynamic_route_configs").body())
          .contains("/three");
    } finally {
      plane.close();
    }
  }

  private static String cluster(String name) {
    return """
    {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "%s", "type": "EDS",
     "edsClusterConfig": {"edsConfig": {"ads": {}, "resourceApiVersion": "V3"}}}
    """
        .formatted(name);
  }

  private static String endpoints(String name, ScriptedUpstream upstream) {
    return """
    {"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", %s}
    """
        .formatted(assignment(name, upstream.port()));
  }

  private static String fixed(String name, int port) {
    return """
    {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "%s",
     "loadAssignment": {%s}}
    """
        .formatted(name, assignment(name, port));
  }

  private static String assignment(String name, int port) {
    return """
    "clusterName": "%s", "endpoints": [{"lbEndpoints": [{"endpoint": {"address": {"socketAddress":
      {"address": "127.0.0.1", "portValue": %d}}}}]}]
    """
        .formatted(name, port);
  }

  private static String listener() {
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

  private static String routes(String prefix) {
    return """
    {"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": "local",
     "virtualHosts": [{"name": "all", "domains": ["*"], "routes": [
       {"match": {"prefix": "%s/"}, "route": {"cluster": "a", "prefixRewrite": "/"}}]}]}
    """
        .formatted(prefix);
  }

  private static String bootstrap(String apiType, int port) {
    return """
    node: { id: node-1, cluster: c }
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    dynamic_resources:
      ads_config:
        api_type: %s
        transport_api_version: V3
        set_node_on_first_message_only: true
        grpc_services: [{ envoy_grpc: { cluster_name: xds } }]
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
