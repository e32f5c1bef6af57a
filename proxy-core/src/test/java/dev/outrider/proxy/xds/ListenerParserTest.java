package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.xds.Resource.ListenerResource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenerParserTest {
  private static final String HCM =
      "{name: hcm, typed_config: {'@type':"
          + " type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager,"
          + " stat_prefix: in, rds: {route_config_name: r, config_source: {ads: {}}}, http_filters:"
          + " [{name: router, typed_config: {'@type':"
          + " type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]}}";

  private static String listener(String fields) {
    return "{name: l, address: {socket_address: {address: 127.0.0.1, port_value: 8080}}, %s}"
        .formatted(fields);
  }

  private static String withChain(String fields) {
    return listener("filter_chains: [{filters: [" + HCM + "]}], " + fields);
  }

  private static ListenerConfig config(String yaml) {
    return ((ListenerResource) Yaml.valid(ResourceKind.LISTENER, yaml)).listener();
  }

  private static List<String> problems(String yaml) {
    return Yaml.problems(ResourceKind.LISTENER, yaml);
  }

  @Test
  void takesEnvoysDefaults() {
    var listener = config(withChain(""));

    assertThat(listener.name()).isEqualTo("l");
    assertThat(listener.address()).isEqualTo(new HostPort("127.0.0.1", 8080));
    assertThat(listener.statPrefix()).isEqualTo("127.0.0.1_8080");
    assertThat(listener.chain().name()).isEmpty();
    assertThat(listener.bufferLimitBytes()).isEqualTo(1 << 20);
    assertThat(listener.backlog()).isZero();
    assertThat(listener.drainType()).isEqualTo(DrainType.DEFAULT);
    assertThat(listener.origin()).isEqualTo(ConfigOrigin.DYNAMIC);
  }

  @Test
  void readsEverythingThatIsActedOn() {
    var listener =
        config(
            listener(
                "filter_chains: [{name: chain, transport_socket: {name: raw, typed_config:"
                    + " {'@type':"
                    + " type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}},"
                    + " filters: ["
                    + HCM
                    + "]}], stat_prefix: p, per_connection_buffer_limit_bytes: 4096,"
                    + " tcp_backlog_size: 7, drain_type: MODIFY_ONLY, traffic_direction: OUTBOUND,"
                    + " metadata: {filter_metadata: {a: {}}}"));

    assertThat(listener.chain().name()).isEqualTo("chain");
    assertThat(listener.statPrefix()).isEqualTo("p");
    assertThat(listener.bufferLimitBytes()).isEqualTo(4096);
    assertThat(listener.backlog()).isEqualTo(7);
    assertThat(listener.drainType()).isEqualTo(DrainType.MODIFY_ONLY);
    assertThat(listener.info()).isEqualTo(new ListenerInfo(2, Yaml.metadata("a")));
  }

  @Test
  void takesTheDefaultChainIfItIsTheOnlyOne() {
    assertThat(
            config(listener("default_filter_chain: {name: d, filters: [" + HCM + "]}"))
                .chain()
                .name())
        .isEqualTo("d");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "additional_addresses: [{address: {socket_address: {address: 127.0.0.1, port_value: 1}}}] |"
            + " additional_addresses",
        "filter_chain_matcher: {} | filter_chain_matcher",
        "use_original_dst: true | use_original_dst",
        "bind_to_port: false | bind_to_port",
        "udp_listener_config: {} | udp_listener_config",
        "api_listener: {} | api_listener",
        "internal_listener: {} | internal_listener",
        "transparent: true | transparent",
        "freebind: true | freebind",
      })
  void refusesSocketsThatItCannotServe(String fields, String field) {
    assertThat(problems(withChain(fields))).contains(field + ": is not supported");
  }

  @Test
  void refusesListenerFilters() {
    assertThat(
            problems(
                withChain(
                    "listener_filters: [{name: tls, typed_config: {'@type':"
                        + " type.googleapis.com/google.protobuf.Struct}}]")))
        .contains(
            "listener_filters[0]: Didn't find a registered implementation for 'tls' with type URL:"
                + " 'google.protobuf.Struct'");
  }

  @Test
  void refusesToServeInPlainTextWhatShouldBeEncrypted() {
    assertThat(
            problems(
                listener(
                    "filter_chains: [{transport_socket: {name: envoy.transport_sockets.tls,"
                        + " typed_config: {'@type':"
                        + " type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext}},"
                        + " filters: ["
                        + HCM
                        + "]}]")))
        .contains(
            "filter_chains[0].transport_socket: Didn't find a registered implementation for"
                + " 'envoy.transport_sockets.tls' with type URL:"
                + " 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'");
  }

  @Test
  void refusesAChoiceOfChains() {
    var chain = "{filters: [" + HCM + "]}";

    assertThat(problems(listener("filter_chains: [" + chain + ", " + chain + "]")))
        .contains("filter_chains: only one filter chain is supported");
    assertThat(
            problems(
                listener(
                    "filter_chains: [{filter_chain_match: {server_names: [a.b]}, filters: ["
                        + HCM
                        + "]}]")))
        .contains("filter_chains[0].filter_chain_match: is not supported");
    assertThat(problems(listener("stat_prefix: p")))
        .contains("error adding listener 'l': no filter chains specified");
  }

  private static final String TCP = "{name: tcp, typed_config: " + tcpProxy("") + "}";

  private static final String MIDDLE =
      "{name: wasm, typed_config: {'@type':"
          + " type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm}}";

  private static String tcpProxy(String fields) {
    return "{'@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy,"
        + " stat_prefix: t, cluster: c"
        + fields
        + "}";
  }

  private static String chain(String... filters) {
    return listener("filter_chains: [{filters: [" + String.join(", ", filters) + "]}]");
  }

  @Test
  void readsAChainThatEndsInATerminalFilter() {
    var chain = config(chain(MIDDLE, TCP)).chain();

    assertThat(chain.http()).isNull();
    assertThat(chain.filters()).extracting(NetworkFilterEntry::name).containsExactly("wasm", "tcp");
    assertThat(chain.filters())
        .extracting(entry -> entry.factory().terminal())
        .containsExactly(false, true);
  }

  @Test
  void readsNetworkFiltersBeforeAConnectionManager() {
    var chain = config(chain(MIDDLE, HCM)).chain();

    assertThat(chain.http()).isNotNull();
    assertThat(chain.filters()).extracting(NetworkFilterEntry::name).containsExactly("wasm");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "T,W | filter_chains[0].filters[0]: Error: terminal filter named tcp of type"
            + " envoy.filters.network.tcp_proxy must be the last filter in a network filter chain.",
        "T,W | filter_chains[0].filters[1]: Error: non-terminal filter named wasm of type"
            + " envoy.filters.network.wasm is the last filter in a network filter chain.",
        "W | filter_chains[0].filters[0]: Error: non-terminal filter named wasm of type"
            + " envoy.filters.network.wasm is the last filter in a network filter chain.",
        "T,H | filter_chains[0].filters[0]: Error: terminal filter named tcp of type"
            + " envoy.filters.network.tcp_proxy must be the last filter in a network filter chain.",
        "H,T | filter_chains[0].filters[0]: Error: terminal filter named hcm of type"
            + " envoy.filters.network.http_connection_manager must be the last filter in a network"
            + " filter chain.",
        "H,H | filter_chains[0].filters[0]: Error: terminal filter named hcm of type"
            + " envoy.filters.network.http_connection_manager must be the last filter in a network"
            + " filter chain.",
      })
  void wantsOneTerminalFilterAtTheEnd(String letters, String problem) {
    var named = new ArrayList<String>();
    for (var letter : letters.split(",", -1)) {
      named.add(letter.equals("T") ? TCP : letter.equals("W") ? MIDDLE : HCM);
    }

    assertThat(problems(chain(named.toArray(String[]::new)))).contains(problem);
  }

  @Test
  void refusesFiltersThatAreDiscovered() {
    assertThat(
            problems(
                chain(
                    "{name: x, config_discovery: {config_source: {ads: {}}, type_urls: [a]}}",
                    TCP)))
        .contains("filter_chains[0].filters[0].config_discovery: is not supported");
  }

  @Test
  void refusesChainsWithoutAnEndThatItKnows() {
    assertThat(problems(listener("filter_chains: [{}]")))
        .contains("filter_chains[0].filters: a terminal filter is required, such as tcp_proxy");
    assertThat(
            problems(
                listener(
                    "filter_chains: [{filters: [{name: tcp, typed_config: {'@type':"
                        + " type.googleapis.com/google.protobuf.Struct}}]}]")))
        .contains(
            "filter_chains[0].filters[0]: Didn't find a registered implementation for 'tcp' with"
                + " type URL: 'google.protobuf.Struct'");
  }

  @Test
  void wantsAName() {
    assertThat(
            problems(
                "{address: {socket_address: {address: 127.0.0.1, port_value: 1}}, filter_chains:"
                    + " [{filters: ["
                    + HCM
                    + "]}]}"))
        .contains("name: is required");
  }
}
