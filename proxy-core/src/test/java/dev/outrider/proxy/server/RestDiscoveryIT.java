package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.outrider.proxy.worker.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A proxy whose listeners, routes and clusters come from a service that is asked by plain HTTP.
class RestDiscoveryIT {
  private static final String LISTENERS = "/v3/discovery:listeners";
  private static final String ROUTES = "/v3/discovery:routes";
  private static final String CLUSTERS = "/v3/discovery:clusters";

  /// What each path answers, and what was last asked there.
  private final Map<String, String> answers = new ConcurrentHashMap<>();

  private final Map<String, String> asked = new ConcurrentHashMap<>();
  private HttpServer service;

  @BeforeEach
  void serve() throws IOException {
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext("/", this::answer);
    service.start();
    answers.put(CLUSTERS, "{\"version_info\": \"1\"}");
    answers.put(LISTENERS, listener());
    answers.put(ROUTES, routes("1", "first"));
  }

  @AfterEach
  void stop() {
    service.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    var request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    asked.put(path, exchange.getRequestMethod() + " " + request);
    var answer = answers.get(path);
    var held = answer == null ? "" : "\"version_info\":\"" + version(answer) + "\"";
    if (answer == null || request.contains(held)) {
      exchange.sendResponseHeaders(answer == null ? 500 : 304, -1);
    } else {
      var bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  private static String version(String answer) {
    return answer.replaceAll("(?s).*?\"version_info\": \"(.*?)\".*", "$1");
  }

  private static final String SOURCE =
      """
      {"resource_api_version": "V3", "api_config_source": {"api_type": "REST",
       "transport_api_version": "V3", "cluster_names": ["service"], "refresh_delay": "0.05s",
       "request_timeout": "5s"}}\
      """;

  private static String listener() {
    return """
    {"version_info": "1", "resources": [
      {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "main",
       "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
       "filter_chains": [{"filters": [{"name": "h", "typed_config":
        {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
         "stat_prefix": "in", "rds": {"route_config_name": "r", "config_source": %s},
         "http_filters": [{"name": "router", "typed_config":
           {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}]}\
    """
        .formatted(SOURCE);
  }

  private static String routes(String version, String body) {
    return """
    {"version_info": "%s", "resources": [
      {"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": "r",
       "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [{"match": {"prefix": "/"},
         "direct_response": {"status": 200, "body": {"inline_string": "%s"}}}]}]}]}\
    """
        .formatted(version, body);
  }

  private String bootstrap() {
    return """
    node: { id: someone, cluster: many }
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    static_resources:
      clusters:
      - name: service
        type: STATIC
        load_assignment:
          cluster_name: service
          endpoints:
          - lb_endpoints:
            - endpoint:
                address: { socket_address: { address: 127.0.0.1, port_value: %d } }
    dynamic_resources:
      cds_config: %s
      lds_config: %s
    """
        .formatted(service.getAddress().getPort(), SOURCE, SOURCE);
  }

  @Test
  void servesWhatTheServiceSaysAndFollowsIt() throws Exception {
    try (var server = TestServer.start(bootstrap(), 2)) {
      assertThat(server.get("/").body()).isEqualTo("first");
      assertThat(asked.get(ROUTES))
          .startsWith("POST {\"")
          .contains("\"id\":\"someone\"", "\"resource_names\":[\"r\"]");

      answers.put(
          ROUTES,
          routes("2", "second").replace("\"domains\"", "\"of_tomorrow\": [1], \"domains\""));

      assertThat(Eventually.get(() -> server.get("/").body(), "second"::equals))
          .isEqualTo("second");
      answers.remove(ROUTES);
      assertThat(Eventually.get(() -> server.stat("http.in.rds.r.update_failure"), n -> n > 0))
          .isPositive();
      assertThat(server.get("/").body()).isEqualTo("second");
      assertThat(server.stat("http.in.rds.r.update_success")).isEqualTo(2);
      assertThat(server.stat("server.dynamic_unknown_fields")).isEqualTo(1);
      assertThat(server.stat("listener_manager.lds.update_success")).isEqualTo(1);
      assertThat(server.stat("cluster.service.upstream_rq_200")).isEqualTo(4);
    }
  }

  @Test
  void asksAServiceAsSoonAsItsNameIsResolved() throws Exception {
    var rarely = bootstrap().replace("type: STATIC", "type: STRICT_DNS").replace("0.05s", "300s");
    try (var server = TestServer.start(rarely, 2)) {
      assertThat(server.get("/").body()).isEqualTo("first");
      assertThat(server.stat("cluster_manager.cds.update_failure")).isZero();
    }
  }
}
