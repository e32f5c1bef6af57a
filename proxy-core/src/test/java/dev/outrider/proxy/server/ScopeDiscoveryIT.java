package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxy.worker.RawClient.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A proxy whose scopes of routes come from a file, and their tables from another (X37).
@Timeout(60)
class ScopeDiscoveryIT {
  private static final String SCOPE =
      "- '@type': type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration\n";

  private static final String WITHOUT_CHECK =
      "- typed_per_filter_config: { hc: { '@type':"
          + " type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true } }\n      ";

  @TempDir Path folder;

  @Test
  void requestsFindTheScopeThatThereIsNow() throws Exception {
    move("rds.yaml", table("first"));
    move("srds.yaml", scopes("1", scope("sa", "a"), scope("sb", "b")));
    try (var server = TestServer.start(bootstrap(), 2)) {
      assertThat(get(server, "a").body()).isEqualTo("first");
      assertThat(get(server, "b").body()).isEqualTo("first");
      assertThat(get(server, "c").code()).isEqualTo(404);

      move("rds.yaml", table("second"));
      assertThat(Eventually.get(() -> get(server, "a").body(), text -> !text.equals("first")))
          .isEqualTo("second");
      move("srds.yaml", scopes("2", scope("sa", "a"), scope("sc", "c")));
      assertThat(Eventually.get(() -> get(server, "c").code(), code -> code != 404)).isEqualTo(200);
      assertThat(get(server, "b").code()).isEqualTo(404);
      assertThat(get(server, "a").body()).isEqualTo("second");

      move("srds.yaml", scopes("3", scope("sa", "a"), scope("sd", "a")));
      var rejected = "http.main.scoped_rds.tenants.update_rejected";
      assertThat(Eventually.get(() -> server.stat(rejected), count -> count > 0)).isEqualTo(1);
      assertThat(get(server, "c").code()).isEqualTo(200);

      assertThat(server.admin("/config_dump?resource=dynamic_scoped_route_configs").body())
          .contains("\"name\": \"tenants\"", "\"version_info\": \"2\"", "\"name\": \"sc\"")
          .doesNotContain("\"name\": \"sb\"");
      assertThat(server.stat("http.main.scoped_rds.tenants.all_scopes")).isEqualTo(2);
    }
  }

  @Test
  void requestsWaitForATableThatIsAskedForOnDemand() throws Exception {
    move("rds.yaml", table("first").replace("name: r\n", "name: another\n"));
    move("srds.yaml", scopes("1", scope("sa", "a") + "  on_demand: true\n"));
    var filters =
        """
        http_protocol_options: { enable_trailers: true }
                  http_filters:
                  - name: od
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.on_demand.v3.OnDemand
                  - name: hc
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck
                      pass_through_mode: false
                      headers: [{ name: ":path", string_match: { exact: /fit } }]
        """;
    try (var server = TestServer.start(bootstrap().replaceFirst("http_filters:\n", filters), 2);
        var bare = server.client();
        var full = server.client();
        var trailed = server.client()) {
      assertThat(get(server, "b").code()).as("which no scope has").isEqualTo(404);
      bare.send("GET /fit HTTP/1.1\nhost: h\nx-scope: a\n\n");
      full.send("POST / HTTP/1.1\nhost: h\nx-scope: a\ncontent-length: 2\n\nab");
      trailed.send(
          "POST / HTTP/1.1\nhost: h\nx-scope: a\ntransfer-encoding: chunked\n\n0\nx-t: 1\n\n");
      var active = "http.main.scoped_rds.tenants.active_scopes";
      assertThat(Eventually.get(() -> server.stat(active), count -> count > 0)).isEqualTo(1);

      move("rds.yaml", table("late").replace("- match:", WITHOUT_CHECK + "match:"));

      assertThat(bare.read().body()).as("filters of the route").isEqualTo("late");
      assertThat(full.read().body()).isEqualTo("late");
      assertThat(trailed.read().body()).as("trailers without a body").isEqualTo("late");
      assertThat(bare.send("GET / HTTP/1.1\nhost: h\nx-scope: a\n\n").read().code()).isEqualTo(200);
      assertThat(server.stat("http.main.downstream_rq_total")).isEqualTo(5);
    }
  }

  @Test
  void showsScopesThatArePartOfAListener() throws Exception {
    var scopes =
        "scoped_route_configurations_list: { scoped_route_configurations: [{ name: si,"
            + " route_configuration_name: r, key: { fragments: [{ string_key: i }] } }] }\n";
    move("rds.yaml", table("first"));
    try (var server = TestServer.start(bootstrap().replaceFirst("scoped_rds: .*\n", scopes), 2)) {
      assertThat(get(server, "i").body()).isEqualTo("first");
      assertThat(server.admin("/config_dump?resource=inline_scoped_route_configs").body())
          .contains("\"name\": \"tenants\"", "\"name\": \"si\"");
      assertThat(server.admin("/config_dump?resource=dynamic_scoped_route_configs").body())
          .doesNotContain("tenants");
    }
  }

  private static Response get(TestServer server, String key) throws IOException {
    try (var client = server.client()) {
      return client.send("GET / HTTP/1.1\nhost: h\nx-scope: " + key + "\n\n").read();
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

  private static String scope(String name, String key) {
    return SCOPE
        + "  name: %s\n  route_configuration_name: r\n  key: {fragments: [{string_key: %s}]}\n"
            .formatted(name, key);
  }

  private static String scopes(String version, String... scopes) {
    return "version_info: '" + version + "'\nresources:\n" + String.join("", scopes);
  }

  private static String table(String body) {
    return """
    resources:
    - "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
      name: r
      virtual_hosts:
      - name: all
        domains: ["*"]
        routes:
        - match: { prefix: / }
          direct_response: { status: 200, body: { inline_string: "%s" } }
    """
        .formatted(body);
  }

  private String bootstrap() {
    return """
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    static_resources:
      listeners:
      - name: main
        address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
        filter_chains:
        - filters:
          - name: hcm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: main
              scoped_routes:
                name: tenants
                scope_key_builder: { fragments: [{ header_value_extractor: { name: x-scope } }] }
                rds_config_source: { path_config_source: { path: "%s" } }
                scoped_rds: { scoped_rds_config_source: { path_config_source: { path: "%s" } } }
              http_filters:
              - name: router
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(folder.resolve("rds.yaml"), folder.resolve("srds.yaml"));
  }
}
