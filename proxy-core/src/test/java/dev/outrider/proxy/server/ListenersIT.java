package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Listeners on real sockets: connections that change hands, and limits that workers share.
class ListenersIT {
  private static final String PROXY =
      "listener_filters: [{ name: pp, typed_config: { \"@type\":"
          + " type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"
          + " } }]";

  /// A listener that answers every request with its name.
  private static String listener(String name, String address, int port, String more) {
    return """
      - name: %1$s
        address: { socket_address: { address: "%2$s", port_value: %3$d } }
        %4$s
        filter_chains:
        - filters:
          - name: hcm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: %1$s
              route_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: %1$s } } }] }] }
              http_filters: [{ name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
    """
        .formatted(name, address, port, more);
  }

  private static TestServer start(String options, String... listeners) {
    return TestServer.start(
        "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }\n"
            + options
            + "\nstatic_resources:\n  listeners:\n"
            + String.join("", listeners),
        2);
  }

  private static String meant(TestServer server, String destination) throws IOException {
    try (var client = server.client()) {
      return client
          .send("PROXY TCP4 1.2.3.4 " + destination + "\nGET / HTTP/1.1\nhost: a\n\n")
          .read()
          .body();
    }
  }

  @Test
  void handsConnectionsToTheListenerThatTheyWereMeantFor() throws Exception {
    var options = "use_original_dst: true\n    " + PROXY;
    try (var server =
        start(
            "",
            listener("main", "127.0.0.1", 0, options),
            listener("exact", "5.6.7.8", 7001, "bind_to_port: false"),
            listener("everywhere", "0.0.0.0", 7001, "bind_to_port: false"))) {
      assertThat(meant(server, "5.6.7.8 1111 7001")).isEqualTo("exact");
      assertThat(meant(server, "9.9.9.9 1111 7001")).isEqualTo("everywhere");
      assertThat(meant(server, "9.9.9.9 1111 7002")).isEqualTo("main");
      assertThat(server.stat("listener.5.6.7.8_7001.downstream_cx_total")).isEqualTo(1);
      assertThat(server.admin("/listeners").body()).contains("exact::5.6.7.8:7001");
    }
  }

  @Test
  @Timeout(30)
  void limitsConnectionsOverAllWorkers() throws Exception {
    var runtime =
        "layered_runtime: { layers: [{ name: s, static_layer: {"
            + " envoy.resource_limits.listener.main.connection_limit: 2 } }] }";
    try (var server = start(runtime, listener("main", "127.0.0.1", 0, ""));
        var one = server.client()) {
      assertThat(one.get("/").read().body()).isEqualTo("main");
      try (var other = server.client()) {
        assertThat(other.get("/").read().body()).isEqualTo("main");
        try (var third = server.client()) {
          assertThat(third.readByte()).isNegative();
        }
        assertThat(server.stat("listener.127.0.0.1_0.downstream_cx_overflow")).isEqualTo(1);
      }

      while (!answers(server)) { // the close of the other is on its way
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void countsHowManyConnectionsComeInTogether() throws Exception {
    try (var server = start("", listener("main", "127.0.0.1", 0, ""));
        var client = server.client()) {
      assertThat(client.get("/").read().body()).isEqualTo("main");

      assertThat(accepted(server, "127.0.0.1_0")).contains(",1.05) P25(");
      assertThat(accepted(server, "admin")).doesNotContain("No recorded values");
    }
  }

  private static String accepted(TestServer server, String socket) throws IOException {
    var name = "listener." + socket + ".connections_accepted_per_socket_event";
    return server.admin("/stats?filter=" + name).body();
  }

  private static boolean answers(TestServer server) {
    try (var client = server.client()) {
      return client.get("/").read().body().equals("main");
    } catch (IOException _) {
      return false;
    }
  }
}
