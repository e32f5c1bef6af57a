package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.Eventually;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A proxy whose table gets its virtual hosts from a service, when requests want them (X37).
@Timeout(60)
class VirtualHostDiscoveryIT {
  @TempDir Path folder;

  @Test
  void requestsWaitForTheVirtualHostThatTheyWant() throws Exception {
    Files.writeString(folder.resolve("rds.yaml"), TABLE);
    try (var plane = new HostPlane();
        var server = start(plane);
        var bare = server.client();
        var full = server.client();
        var none = server.client();
        var other = server.client()) {
      assertThat(bare.send("GET / HTTP/1.1\nhost: own.test\n\n").read().body()).isEqualTo("own");

      bare.send("GET / HTTP/1.1\nhost: LATE.test:80\n\n");
      full.send("POST / HTTP/1.1\nhost: late.test:80\ncontent-length: 2\n\nab");
      none.send("GET / HTTP/1.1\nhost: none.test\n\n");
      assertThat(Eventually.get(() -> plane.isAskedFor("r/late.test:80"), asked -> asked)).isTrue();
      assertThat(Eventually.get(() -> plane.isAskedFor("r/none.test"), asked -> asked)).isTrue();
      assertThat(other.send("GET / HTTP/1.1\nhost: own.test\n\n").read().code())
          .as("others do not wait")
          .isEqualTo(200);
      plane.say(host("late", "late.test:80"), "r/late.test:80");
      assertThat(bare.read().body()).isEqualTo("late");
      assertThat(full.read().body()).isEqualTo("late");
      plane.sayNone("r/none.test");
      assertThat(none.read().code()).isEqualTo(404);

      assertThat(bare.send("GET / HTTP/1.1\nhost: late.test:80\n\n").read().body())
          .isEqualTo("late");
      assertThat(server.admin("/config_dump?resource=dynamic_route_configs").body())
          .contains("\"name\": \"own\"", "\"name\": \"r/late\"", "\"vhds\"");
      assertThat(server.stat("http.main.rds.vhds.r.update_success")).isEqualTo(3);
    }
  }

  /// Starts one whose listener waits for the first answer, which is given when it asks.
  private TestServer start(HostPlane plane) throws Exception {
    var starting =
        CompletableFuture.supplyAsync(
            () -> TestServer.start(bootstrap(folder.resolve("rds.yaml"), plane.port()), 2));
    assertThat(plane.first.get(30, TimeUnit.SECONDS).getResourceNamesSubscribeList()).isEmpty();
    assertThat(starting).isNotDone();
    plane.say(host("first", "first.test"), "r/first.test");
    return starting.get();
  }

  private static VirtualHost host(String body, String domain) {
    return VirtualHost.newBuilder()
        .setName("r/" + body)
        .addDomains(domain)
        .addRoutes(
            Route.newBuilder()
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setDirectResponse(
                    DirectResponseAction.newBuilder()
                        .setStatus(200)
                        .setBody(DataSource.newBuilder().setInlineString(body))))
        .build();
  }

  private static final String TABLE =
      """
      resources:
      - "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
        name: r
        vhds:
          config_source:
            resource_api_version: V3
            api_config_source:
              api_type: DELTA_GRPC
              transport_api_version: V3
              grpc_services: [{ envoy_grpc: { cluster_name: xds } }]
        virtual_hosts:
        - name: own
          domains: ["own.test"]
          routes:
          - match: { prefix: / }
            direct_response: { status: 200, body: { inline_string: own } }
      """;

  private static String bootstrap(Path table, int port) {
    return """
    node: { id: node, cluster: c }
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    static_resources:
      clusters:
      - name: xds
        connect_timeout: 5s
        type: STATIC
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config: { http2_protocol_options: {} }
        load_assignment:
          cluster_name: xds
          endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: %d } } } }] }]
      listeners:
      - name: main
        address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
        filter_chains:
        - filters:
          - name: hcm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: main
              rds: { route_config_name: r, config_source: { path_config_source: { path: "%s" } } }
              http_filters:
              - name: od
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.on_demand.v3.OnDemand
              - name: router
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(port, table);
  }
}
