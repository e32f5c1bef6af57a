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

  @ParameterizedTest
  @ValueSource(strings = {"GRPC", "DELTA_GRPC"})
  void followsItOverAStreamForEachType(String apiType) throws Exception { // X35
    try (var plane = GoControlPlane.byType()) {
      plane.serve(
          "1",
          itself(cluster("a"), apiType),
          itself(cluster("b"), apiType),
          endpoints("a", first),
          endpoints("b", second),
          itself(listener(), apiType),
          routes("/one"));
      try (var server = TestServer.start(byType(apiType, plane.port()), 2)) {
        assertThat(server.get("/one/head").code()).isEqualTo(200);
        assertThat(server.admin("/clusters").body())
            .contains("a::127.0.0.1:" + first.port())
            .contains("b::127.0.0.1:" + second.port());

        plane.serve(
            "2",
            itself(cluster("a"), apiType),
            endpoints("a", second),
            itself(listener(), apiType),
            routes("/two"));

        assertThat(
                Eventually.get(() -> server.get("/two/head"), response -> response.code() == 200)
                    .code())
            .isEqualTo(200);
        assertThat(
                Eventually.get(
                    () -> server.admin("/clusters").body(),
                    page ->
                        page.contains("a::127.0.0.1:" + second.port()) && !page.contains("b::")))
            .contains("a::127.0.0.1:" + second.port())
            .doesNotContain("b::");
        assertThat(server.stat("cluster_manager.cds.control_plane.connected_state")).isEqualTo(1);
      }
    }
  }

  /// Each resource is asked for where its owner came from.
  private static String itself(String resource, String apiType) {
    return resource.replace("{\"ads\": {}, \"resourceApiVersion\": \"V3\"}", source(apiType));
  }

  private static String byType(String apiType, int port) {
    return bootstrap(apiType, port)
        .replaceAll("(?s) ads_config:.*?cds_config", " cds_config")
        .replace("{ resource_api_version: V3, ads: {} }", source(apiType));
  }

  private static String source(String apiType) {
    return """
    {"resourceApiVersion": "V3", "apiConfigSource": {"apiType": "%s", "transportApiVersion": "V3",
      "grpcServices": [{"envoyGrpc": {"clusterName": "xds"}}]}}\
    """
        .formatted(apiType);
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
