package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.SocketSetting;
import dev.outrider.proxy.cluster.UpstreamSockets;
import dev.outrider.proxy.cluster.UpstreamSockets.Source;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamSocketsParserTest {
  private static final String BIND = "upstream_bind_config: {%s}";

  private static UpstreamSockets sockets(String fields) {
    var resource =
        (ClusterResource)
            Yaml.valid(ResourceKind.CLUSTER, "{name: c, type: STATIC, %s}".formatted(fields));
    return resource.cluster().connections().sockets();
  }

  private static List<String> problems(String fields) {
    return Yaml.problems(
        ResourceKind.CLUSTER, "{name: c, type: STATIC, %s}".formatted(BIND.formatted(fields)));
  }

  @Test
  void leavesSocketsAloneUnlessSomethingIsSaid() {
    assertThat(sockets("")).isEqualTo(UpstreamSockets.DEFAULT);
    assertThat(sockets(BIND.formatted(""))).isEqualTo(UpstreamSockets.DEFAULT);
  }

  @Test
  void readsAnAddressOfEachFamily() {
    var sockets =
        sockets(
            BIND.formatted(
                "source_address: {address: 127.0.0.6, port_value: 0}, extra_source_addresses:"
                    + " [{address: {address: '::6', port_value: 0}, socket_options:"
                    + " {socket_options: [{level: 1, name: 2, int_value: 3}]}}], socket_options:"
                    + " [{level: 4, name: 5, buf_value: AQ==}]"));

    var own = new SocketSetting(4, 5, ByteBuffer.wrap(new byte[] {1}));
    assertThat(sockets)
        .isEqualTo(
            new UpstreamSockets(
                List.of(
                    new Source(new HostPort("127.0.0.6", 0), List.of(own)),
                    new Source(new HostPort("::6", 0), List.of(SocketSetting.of(1, 2, 3)))),
                List.of(own)));
    assertThat(sockets.towards(new HostPort("10.0.0.1", 80))).isEqualTo(sockets.sources().get(0));
    assertThat(sockets.towards(new HostPort("fd00::1", 80))).isEqualTo(sockets.sources().get(1));
    assertThat(sockets.towards(HostPort.pipe("/x"))).isNull();
  }

  @Test
  void takesTheOnlyAddressForBothFamilies() {
    var sockets = sockets(BIND.formatted("source_address: {address: 127.0.0.6, port_value: 0}"));

    assertThat(sockets.towards(new HostPort("fd00::1", 80))).isNotNull();
  }

  @Test
  void readsFreebindForTheFamilyOfTheAddress() {
    var sockets =
        sockets(
            BIND.formatted(
                "source_address: {address: 127.0.0.6, port_value: 0}, freebind: true,"
                    + " additional_source_addresses: [{address: '::6', port_value: 0}]"));

    assertThat(sockets.sources().get(0).settings())
        .containsExactly(SocketSetting.freebind(false, true));
    assertThat(sockets.sources().get(1).settings())
        .containsExactly(SocketSetting.freebind(true, true));
  }

  @Test
  void leavesOutOptionsThatAreNotForThem() {
    assertThat(
            sockets(
                    BIND.formatted(
                        "socket_options: [{level: 1, name: 2, int_value: 3, state:"
                            + " STATE_LISTENING}, {level: 1, name: 3, int_value: 3, type:"
                            + " {datagram: {}}}, {level: 1, name: 4, int_value: 3, state:"
                            + " STATE_BOUND}]"))
                .settings())
        .containsExactly(SocketSetting.of(1, 4, 3));
  }

  @Test
  void readsKeepalive() {
    assertThat(sockets("upstream_connection_options: {tcp_keepalive: {}}").settings())
        .containsExactly(SocketSetting.keepalive());
    assertThat(
            sockets(
                    "upstream_connection_options: {tcp_keepalive: {keepalive_probes: 1,"
                        + " keepalive_time: 2, keepalive_interval: 3}}")
                .settings())
        .containsExactly(
            SocketSetting.keepalive(),
            SocketSetting.keepaliveProbes(1),
            SocketSetting.keepaliveTime(2),
            SocketSetting.keepaliveInterval(3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "extra_source_addresses: [{address: {address: '::6', port_value: 0}}]|Cluster c's upstream"
            + " binding config has extra/additional source addresses but no source_address."
            + " Extra/additional addresses cannot be specified if source_address is not set.",
        "source_address: {address: 127.0.0.6, port_value: 0}, extra_source_addresses: [{address:"
            + " {address: 127.0.0.7, port_value: 0}}]|Cluster c's upstream binding config has two"
            + " same IP version source addresses. Only two different IP version source addresses"
            + " can be supported in BindConfig's source_address and"
            + " extra_source_addresses/additional_source_addresses fields",
        "source_address: {address: 127.0.0.6, port_value: 0}, extra_source_addresses: [{address:"
            + " {address: '::6', port_value: 0}}], additional_source_addresses: [{address: '::7',"
            + " port_value: 0}]|Can't specify both `extra_source_addresses` and"
            + " `additional_source_addresses` in the Cluster c's upstream binding config",
        "source_address: {address: 127.0.0.6, port_value: 0}, extra_source_addresses: [{address:"
            + " {address: '::6', port_value: 0}}, {address: {address: '::7', port_value: 0}}]"
            + "|Cluster c's upstream binding config has more than one extra/additional source"
            + " addresses. Only one extra/additional source can be supported in BindConfig's"
            + " extra_source_addresses/additional_source_addresses field",
        "source_address: {address: x, port_value: 0}|malformed IP address: x"
      })
  void refusesAddressesThatCannotBeChosenAmong(String fields, String problem) {
    assertThat(problems(fields)).anySatisfy(text -> assertThat(text).contains(problem));
  }
}
