package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.outrider.proxy.dns.FakeDnsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A whole proxy whose requests name where they go, with a name server and a service.
class ForwardProxyIT {
  private final FakeDnsServer dns = new FakeDnsServer();
  private HttpServer service;

  @BeforeEach
  void open() throws IOException {
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/",
        exchange -> {
          try (exchange) {
            var host = exchange.getRequestHeaders().getFirst("host").replaceFirst(":.*", "");
            var body = host.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    service.start();
  }

  @AfterEach
  void close() {
    service.stop(0);
    dns.close();
  }

  private TestServer start(int workers) {
    var cache =
        ("{ name: forward, dns_lookup_family: V4_ONLY, max_hosts: 2, typed_dns_resolver_config: {"
             + " name: cares, typed_config: { \"@type\":"
             + " type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig,"
             + " resolvers: [{ socket_address: { address: 127.0.0.1, port_value: %d } }],"
             + " dns_resolver_options: { no_default_search_domain: true } } } }")
            .formatted(dns.port());
    return TestServer.start(
        TestBootstrap.create()
            .filter(
                "- { name: dfp, typed_config: { \"@type\":"
                    + " type.googleapis.com/envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig,"
                    + " dns_cache_config: "
                    + cache
                    + " } }\n")
            .route("{ match: { prefix: / }, route: { cluster: forward } }")
            .rawCluster(
                "{ name: forward, lb_policy: CLUSTER_PROVIDED, cluster_type: { name:"
                    + " envoy.clusters.dynamic_forward_proxy, typed_config: { \"@type\":"
                    + " type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig,"
                    + " dns_cache_config: "
                    + cache
                    + " } } }")
            .yaml(),
        workers);
  }

  /// Status and body, over a connection of its own: any worker may get it.
  private String get(TestServer server, String host) throws IOException {
    try (var client = server.client()) {
      client.send(
          "GET / HTTP/1.1\nHost: %s:%d\n\n".formatted(host, service.getAddress().getPort()));
      var response = client.read();
      return response.code() + " " + response.body();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void goesWhereRequestsSay(int workers) throws IOException {
    dns.has("a.test", 60, "127.0.0.1").has("b.test", 60, "127.0.0.1");

    try (var server = start(workers)) {
      for (var i = 0; i < 12; i++) {
        assertThat(get(server, "a.test")).isEqualTo("200 a.test");
        assertThat(get(server, "b.test")).isEqualTo("200 b.test");
      }
      assertThat(get(server, "c.test")).isEqualTo("503 DNS cache overflow");

      assertThat(server.stat("dns_cache.forward.dns_query_attempt")).isEqualTo(2);
      assertThat(server.stat("dns_cache.forward.num_hosts")).isEqualTo(2);
      assertThat(server.stat("cluster.forward.membership_total")).isEqualTo(2);
      assertThat(server.admin("/clusters").body()).contains("hostname::a.test:");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void saysThatANameIsUnknownUntilItIsKnown(int workers) throws IOException {
    try (var server = start(workers)) {
      assertThat(get(server, "a.test")).isEqualTo("503 DNS resolution failure");
      dns.has("a.test", 60, "127.0.0.1");

      assertThat(get(server, "a.test")).isEqualTo("200 a.test");
    }
  }
}
