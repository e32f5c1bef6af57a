package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxy.worker.ScriptedUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A proxy whose clusters and listeners come from files, without a control plane (X31 of the
/// reference).
class ResourceFilesIT {
  private static final String LISTENERS = "lds.yaml";
  private static final String CLUSTERS = "cds.yaml";

  @TempDir Path folder;
  private final ScriptedUpstream upstream = new ScriptedUpstream();

  @BeforeEach
  void write() throws IOException {
    Files.writeString(folder.resolve(CLUSTERS), clusters("1", "a", upstream.port()));
    Files.writeString(folder.resolve(LISTENERS), listeners("1", "/one"));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  @Test
  void servesWhatTheFilesSayAndFollowsThemWhenTheyAreMoved() throws Exception {
    try (var server = TestServer.start(bootstrap(folder, ""), 2)) {
      assertThat(server.get("/one/head").code()).isEqualTo(200);

      move(LISTENERS, listeners("2", "/two"));

      assertThat(
              Eventually.get(() -> server.get("/two/head"), response -> response.code() == 200)
                  .code())
          .isEqualTo(200);
      assertThat(server.stat("listener_manager.lds.update_success")).isEqualTo(2);
      assertThat(server.admin("/config_dump?resource=dynamic_listeners").body())
          .contains("\"version_info\": \"2\"");
    }
  }

  @Test
  void keepsWhatItHasWhenAFileIsBad() throws Exception {
    try (var server = TestServer.start(bootstrap(folder, ""), 2)) {
      move(CLUSTERS, clusters("2", "a", 70_000));
      assertThat(
              Eventually.get(() -> server.stat("cluster_manager.cds.update_rejected"), n -> n > 0))
          .isEqualTo(1);
      move(CLUSTERS, "resources: [");
      assertThat(
              Eventually.get(() -> server.stat("cluster_manager.cds.update_failure"), n -> n > 0))
          .isEqualTo(1);
      assertThat(server.get("/one/head").code()).isEqualTo(200);

      move(CLUSTERS, clusters("4", "b", upstream.port()));

      assertThat(
              Eventually.get(() -> server.admin("/clusters").body(), page -> page.contains("b::")))
          .contains("b::")
          .doesNotContain("a::");
    }
  }

  @Test
  void followsTheLinkOfAConfigMap() throws Exception {
    var first = Files.createDirectory(folder.resolve("..1"));
    var second = Files.createDirectory(folder.resolve("..2"));
    Files.writeString(first.resolve(LISTENERS), listeners("1", "/one"));
    Files.writeString(second.resolve(LISTENERS), listeners("2", "/two"));
    Files.delete(folder.resolve(LISTENERS));
    Files.createSymbolicLink(folder.resolve("..data"), first);
    Files.createSymbolicLink(folder.resolve(LISTENERS), Path.of("..data", LISTENERS));
    var watched = ", watched_directory: {path: \"" + folder + "\"}";
    try (var server = TestServer.start(bootstrap(folder, watched), 2)) {
      assertThat(server.get("/one/head").code()).isEqualTo(200);

      Files.createSymbolicLink(folder.resolve("..data_tmp"), second);
      Files.move(
          folder.resolve("..data_tmp"),
          folder.resolve("..data"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);

      assertThat(
              Eventually.get(() -> server.get("/two/head"), response -> response.code() == 200)
                  .code())
          .isEqualTo(200);
    }
  }

  @Test
  void followsEndpointsAndRoutesThatHaveFilesOfTheirOwn() throws Exception { // X31
    Files.writeString(
        folder.resolve(CLUSTERS),
        """
        resources:
        - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
          name: a
          type: EDS
          eds_cluster_config: { eds_config: { path_config_source: { path: "%s" } } }
        """
            .formatted(folder.resolve("eds.yaml")));
    Files.writeString(
        folder.resolve(LISTENERS),
        listeners("1", "").replaceFirst("(?s)route_config:.*http_filters", rds()));
    Files.writeString(folder.resolve("eds.yaml"), endpoints("1", 1));
    Files.writeString(folder.resolve("rds.yaml"), routes("1", "/one"));
    try (var server = TestServer.start(bootstrap(folder, ""), 2)) {
      assertThat(server.get("/one/head").code()).isEqualTo(503); // nobody listens there

      move("eds.yaml", endpoints("2", upstream.port()));
      assertThat(Eventually.get(() -> server.get("/one/head").code(), code -> code == 200))
          .isEqualTo(200);
      move("rds.yaml", routes("2", "/two"));
      assertThat(Eventually.get(() -> server.get("/two/head").code(), code -> code == 200))
          .isEqualTo(200);

      move("rds.yaml", routes("3", "/three").replace("name: routes", "name: others"));
      move("eds.yaml", endpoints("3", 70_000));
      assertThat(Eventually.get(() -> server.stat("cluster.a.update_rejected"), n -> n > 0))
          .isEqualTo(1);
      assertThat(server.get("/two/head").code()).isEqualTo(200);
      assertThat(server.stat("http.main.rds.routes.update_success")).isEqualTo(2);
    }
  }

  private String rds() {
    return """
    rds:
              route_config_name: routes
              config_source: { path_config_source: { path: "%s" } }
            http_filters\
    """
        .formatted(folder.resolve("rds.yaml"));
  }

  private static String routes(String version, String prefix) {
    return """
    version_info: "%s"
    resources:
    - "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
      name: routes
      virtual_hosts:
      - name: all
        domains: ["*"]
        routes:
        - match: { prefix: "%s/" }
          route: { cluster: a, prefix_rewrite: / }
    """
        .formatted(version, prefix);
  }

  private static String endpoints(String version, int port) {
    return """
    version_info: "%s"
    resources:
    - "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
      cluster_name: a
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } }
    """
        .formatted(version, port);
  }

  @Test
  void startsWithoutAFileAndTakesItWhenItComes() throws Exception {
    Files.delete(folder.resolve(LISTENERS));
    try (var server = TestServer.start(bootstrap(folder, ""), 2)) {
      assertThat(server.admin("/listeners").body()).isEmpty();

      move(LISTENERS, listeners("1", "/one"));

      assertThat(Eventually.get(() -> server.admin("/listeners").body(), page -> !page.isEmpty()))
          .startsWith("main::");
      assertThat(server.get("/one/head").code()).isEqualTo(200);
    }
  }

  private void move(String name, String content) throws IOException {
    var made = Files.writeString(folder.resolve(name + ".new"), content);
    Files.move(
        made,
        folder.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static String bootstrap(Path folder, String watched) {
    return """
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    dynamic_resources:
      cds_config: { resource_api_version: V3, path_config_source: { path: "%s"%s } }
      lds_config: { resource_api_version: V3, path_config_source: { path: "%s"%s } }
    """
        .formatted(folder.resolve(CLUSTERS), watched, folder.resolve(LISTENERS), watched);
  }

  private static String clusters(String version, String name, int port) {
    return """
    version_info: "%s"
    resources:
    - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
      name: %s
      load_assignment:
        cluster_name: %s
        endpoints:
        - lb_endpoints:
          - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } }
    """
        .formatted(version, name, name, port);
  }

  private static String listeners(String version, String prefix) {
    return """
    version_info: "%s"
    resources:
    - "@type": type.googleapis.com/envoy.config.listener.v3.Listener
      name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
      - filters:
        - name: hcm
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: main
            route_config:
              virtual_hosts:
              - name: all
                domains: ["*"]
                routes:
                - match: { prefix: "%s/" }
                  route: { cluster: a, prefix_rewrite: / }
            http_filters:
            - name: router
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(version, prefix);
  }
}
