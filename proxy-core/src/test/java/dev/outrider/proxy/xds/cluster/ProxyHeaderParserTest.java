package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.cluster.ProxyTlv;
import dev.outrider.proxy.cluster.TlvChoice;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.EndpointsResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProxyHeaderParserTest {
  private static final String TYPES =
      "\"@type\": type.googleapis.com/envoy.extensions.transport_sockets.";
  private static final String RAW =
      "{name: raw, typed_config: {" + TYPES + "raw_buffer.v3.RawBuffer}}";
  private static final String TLS =
      "{name: tls, typed_config: {" + TYPES + "tls.v3.UpstreamTlsContext, sni: a.test}}";

  private static String socket(String config, String inner) {
    return "{name: p, typed_config: {"
        + TYPES
        + "proxy_protocol.v3.ProxyProtocolUpstreamTransport, config: {"
        + config
        + "}, transport_socket: "
        + inner
        + "}}";
  }

  private static String yaml(String sockets) {
    return "{name: c, type: STATIC, load_assignment: {cluster_name: c}, " + sockets + "}";
  }

  private static Cluster cluster(String sockets) {
    return ((ClusterResource) Yaml.valid(ResourceKind.CLUSTER, yaml(sockets))).cluster();
  }

  private static ProxyTlv tlv(int type, String value) {
    return new ProxyTlv(type, value.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void readsTheVersionAndWhatIsSaid() {
    var cluster =
        cluster(
            "transport_socket: "
                + socket(
                    "version: V2, pass_through_tlvs: {match_type: INCLUDE, tlv_type: [2]},"
                        + " added_tlvs: [{type: 224, value: YWJj}]",
                    RAW));

    assertThat(cluster.proxy())
        .isEqualTo(
            new ProxyHeaderSpec(true, new TlvChoice(false, Set.of(2)), List.of(tlv(224, "abc"))));
    assertThat(cluster.tls()).isNull();
    assertThat(cluster.proxies()).isTrue();
  }

  @Test
  void saysNothingButAddressesUnlessAsked() {
    assertThat(cluster("transport_socket: " + socket("", RAW)).proxy())
        .isEqualTo(new ProxyHeaderSpec(false, TlvChoice.NONE, List.of()));
    assertThat(cluster("transport_socket: " + socket("pass_through_tlvs: {}", RAW)).proxy())
        .isEqualTo(new ProxyHeaderSpec(false, new TlvChoice(true, Set.of()), List.of()));
  }

  @Test
  void readsWhatIsBehindTheHeader() {
    var cluster = cluster("transport_socket: " + socket("version: V1", TLS));

    assertThat(cluster.proxy()).isNotNull();
    assertThat(cluster.tls()).isNotNull();
  }

  @Test
  void readsSocketsOfSomeEndpoints() {
    var cluster =
        cluster(
            "transport_socket_matches: [{name: p, match: {}, transport_socket: "
                + socket("version: V2", TLS)
                + "}]");

    assertThat(cluster.proxyTo(EndpointAccess.DEFAULT)).isNull();
    assertThat(cluster.proxyTo(EndpointAccess.DEFAULT.by(0))).isNotNull();
    assertThat(cluster.tlsTo(EndpointAccess.DEFAULT.by(0))).isNotNull();
    assertThat(cluster.proxies()).isTrue();
  }

  @Test
  void findsProblemsBehindTheHeader() {
    assertThat(
            Yaml.problems(
                ResourceKind.CLUSTER,
                yaml(
                    "transport_socket: "
                        + socket(
                            "added_tlvs: [{type: 1, format_string: {text_format: a}}]",
                            "{name: x, typed_config: {\"@type\":"
                                + " type.googleapis.com/google.protobuf.Duration}}"))))
        .containsExactly(
            "transport_socket.typed_config.config.added_tlvs[0].format_string: is not supported",
            "transport_socket.typed_config.transport_socket: Didn't find a registered"
                + " implementation for 'x' with type URL: 'google.protobuf.Duration'");
  }

  private static String endpoint(String said) {
    return "{cluster_name: c, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address:"
        + " {address: 10.0.0.1, port_value: 80}}}, metadata: {typed_filter_metadata:"
        + " {envoy.transport_sockets.proxy_protocol: {\"@type\": type.googleapis.com/"
        + said
        + "}}}}]}]}";
  }

  @Test
  void readsWhatAnEndpointSays() {
    var resource =
        (EndpointsResource)
            Yaml.valid(
                ResourceKind.ENDPOINTS,
                endpoint(
                    "envoy.config.core.v3.PerHostConfig, added_tlvs: [{type: 1, value: YWJj}]"));

    assertThat(resource.assignment().endpoints().getFirst().access().tlvs())
        .containsExactly(tlv(1, "abc"));
  }

  @Test
  void anEndpointMustSayItInTheRightWords() {
    assertThat(
            Yaml.problems(ResourceKind.ENDPOINTS, endpoint("google.protobuf.Duration, value: 1s")))
        .singleElement()
        .asString()
        .startsWith(
            "endpoints[0].lb_endpoints[0].metadata.typed_filter_metadata[envoy.transport_sockets.proxy_protocol]:"
                + " is not an envoy.config.core.v3.PerHostConfig");
  }
}
