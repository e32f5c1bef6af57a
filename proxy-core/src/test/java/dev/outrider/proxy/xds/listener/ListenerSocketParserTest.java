package dev.outrider.proxy.xds.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.BindOptions;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.config.SocketOption;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListenerSocketParserTest {
  private static final HostPort V4 = new HostPort("10.0.0.1", 80);

  private static String yaml(String address, String more) {
    return """
    name: l
    address: %s
    %s
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          rds: {route_config_name: r, config_source: {ads: {}}}
          http_filters:
          - {name: router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
    """
        .formatted(address, more);
  }

  private static final String SOCKET = "{socket_address: {address: 10.0.0.1, port_value: 80}}";

  private static ListenerConfig listener(String address, String more) {
    return ((ListenerResource) Yaml.valid(ResourceKind.LISTENER, yaml(address, more))).listener();
  }

  @Test
  void readsPipesAndTheirMode() {
    var listener = listener("{pipe: {path: /run/l.sock, mode: 438}}", "");

    assertThat(listener.sockets())
        .containsExactly(new ListenerSocket(HostPort.pipe("/run/l.sock"), 0666, List.of()));
    assertThat(listener.statPrefix()).isEqualTo("/run/l.sock");
  }

  @Test
  void refusesAPathThatNoSocketHasRoomFor() {
    var path = "/" + "x".repeat(107);

    assertThat(Yaml.problems(ResourceKind.LISTENER, yaml("{pipe: {path: " + path + "}}", "")))
        .containsExactly(
            "address.pipe.path: Path \"%s\" exceeds maximum UNIX domain socket path size of 107."
                .formatted(path));
  }

  @Test
  void refusesAModeWhereThereIsNoFile() {
    assertThat(Yaml.problems(ResourceKind.LISTENER, yaml("{pipe: {path: '@a', mode: 384}}", "")))
        .containsExactly("address.pipe.mode: Cannot set mode for Abstract AF_UNIX sockets");
  }

  @Test
  void readsMoreAddressesWithOptionsOfTheirOwn() {
    var listener =
        listener(
            SOCKET,
            "additional_addresses: [{address: {socket_address: {address: '::1', port_value: 81}}},"
                + " {address: {pipe: {path: '@a'}}, socket_options: {socket_options: []}}]\n"
                + "socket_options: [{level: 1, name: 9, int_value: 1, state: STATE_LISTENING}]");
    var keepAlive = SocketOption.of(1, 9, 1, true);

    assertThat(listener.sockets())
        .containsExactly(
            new ListenerSocket(V4, 0, List.of(keepAlive)),
            new ListenerSocket(new HostPort("::1", 81), 0, List.of(keepAlive)),
            new ListenerSocket(HostPort.pipe("@a"), 0, List.of()));
  }

  @Test
  void readsOptionsByNameAndByNumber() {
    var listener =
        listener(
            "{socket_address: {address: '::1', port_value: 80}}",
            "transparent: true\nfreebind: true\ntcp_fast_open_queue_length: 5\n"
                + "socket_options: [{description: d, level: 6, name: 13, buf_value: AQI=},"
                + " {level: 1, name: 1, int_value: 1, type: {datagram: {}}},"
                + " {level: 1, name: 2, int_value: 3, state: STATE_BOUND, type: {stream: {}}}]");

    assertThat(listener.sockets().getFirst().options())
        .containsExactly(
            SocketOption.of(41, 75, 1, false),
            SocketOption.of(41, 78, 1, false),
            SocketOption.of(6, 23, 5, true),
            new SocketOption(6, 13, ByteBuffer.wrap(new byte[] {1, 2}), false),
            SocketOption.of(1, 2, 3, true));
  }

  @Test
  void refusesNumbersThatNoSystemHas() {
    assertThat(
            Yaml.problems(
                ResourceKind.LISTENER,
                yaml(SOCKET, "socket_options: [{level: 5000000000, name: 1, int_value: 1}]")))
        .containsExactly("socket_options[0].level: is no number of a socket option: 5000000000");
  }

  @Test
  void readsHowConnectionsAreTaken() {
    assertThat(listener(SOCKET, "").binding()).isEqualTo(BindOptions.DEFAULT);
    assertThat(
            listener(
                    SOCKET,
                    "bind_to_port: false\nenable_reuse_port: false\ntcp_backlog_size: 7\n"
                        + "max_connections_to_accept_per_socket_event: 3")
                .binding())
        .isEqualTo(new BindOptions(false, false, 7, 3));
  }
}
