package dev.outrider.proxy.xds.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.cluster.TlvChoice;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.config.ListenerFilters;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.listener.ChainMatch;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
    assertThat(listener.chains().all().getFirst().name()).isEmpty();
    assertThat(listener.bufferLimitBytes()).isEqualTo(1 << 20);
    assertThat(listener.binding().backlog()).isZero();
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

    assertThat(listener.chains().all().getFirst().name()).isEqualTo("chain");
    assertThat(listener.statPrefix()).isEqualTo("p");
    assertThat(listener.bufferLimitBytes()).isEqualTo(4096);
    assertThat(listener.binding().backlog()).isEqualTo(7);
    assertThat(listener.drainType()).isEqualTo(DrainType.MODIFY_ONLY);
    assertThat(listener.info()).isEqualTo(new ListenerInfo(2, Yaml.metadata("a")));
  }

  @Test
  void takesTheDefaultChainIfItIsTheOnlyOne() {
    assertThat(
            config(listener("default_filter_chain: {name: d, filters: [" + HCM + "]}"))
                .chains()
                .all()
                .getFirst()
                .name())
        .isEqualTo("d");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "filter_chain_matcher: {} | filter_chain_matcher",
        "udp_listener_config: {} | udp_listener_config",
        "api_listener: {} | api_listener",
        "internal_listener: {} | internal_listener",
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
                    "filter_chains: [{transport_socket: {name: alts,"
                        + " typed_config: {'@type':"
                        + " type.googleapis.com/google.protobuf.Struct}},"
                        + " filters: ["
                        + HCM
                        + "]}]")))
        .contains(
            "filter_chains[0].transport_socket: Didn't find a registered implementation for"
                + " 'alts' with type URL:"
                + " 'google.protobuf.Struct'");
  }

  private static String matching(String... matches) {
    var chains = new ArrayList<String>();
    for (var match : matches) {
      var name = "ABC".charAt(chains.size());
      chains.add("{name: %s, filter_chain_match: {%s}, filters: [%s]}".formatted(name, match, TCP));
    }
    return listener("filter_chains: [" + String.join(", ", chains) + "]");
  }

  private static ConnectionInfo connection(String local, int port) {
    return new ConnectionInfo(1, new HostPort(local, port), new HostPort("10.0.0.9", 4444));
  }

  private static @Nullable String found(ListenerConfig listener, ConnectionInfo connection) {
    var chain = listener.chains().find(connection);
    return chain == null ? null : chain.name();
  }

  @Test
  void readsWhatChainsAreFor() {
    var match =
        config(
                matching(
                    "destination_port: 80, prefix_ranges: [{address_prefix: 10.1.2.3, prefix_len:"
                        + " 8}], server_names: [a.b, '*.c'], transport_protocol: tls,"
                        + " application_protocols: [h2], direct_source_prefix_ranges:"
                        + " [{address_prefix: '::1', prefix_len: 128}], source_type: EXTERNAL,"
                        + " source_prefix_ranges: [{address_prefix: 1.2.3.4, prefix_len: 99}],"
                        + " source_ports: [7, 8]"))
            .chains()
            .all()
            .getFirst()
            .match();

    assertThat(match)
        .isEqualTo(
            new ChainMatch(
                80,
                List.of(range("10.0.0.0", 8)),
                List.of("a.b", "*.c"),
                "tls",
                List.of("h2"),
                List.of(range("::1", 128)),
                ChainMatch.SourceType.EXTERNAL,
                List.of(range("1.2.3.4", 32)),
                List.of(7, 8)));
  }

  private static IpRange range(String first, int bits) {
    return new IpRange(Objects.requireNonNull(IpAddress.parse(first)), bits);
  }

  @Test
  void choosesAmongChains() {
    var listener =
        config(
            matching("destination_port: 80", "prefix_ranges: [{address_prefix: 10.0.0.0}]")
                .replaceFirst(
                    "filter_chains",
                    "default_filter_chain: {name: D, filters: [" + TCP + "]}, filter_chains"));

    assertThat(found(listener, connection("10.0.0.1", 80))).isEqualTo("A");
    assertThat(found(listener, connection("10.0.0.1", 81))).isEqualTo("B");
    assertThat(found(listener, connection("::1", 81))).isEqualTo("D");
    assertThat(found(config(matching("destination_port: 80")), connection("::1", 81))).isNull();
  }

  @Test
  void refusesTwoChainsForTheSame() {
    assertThat(problems(matching("", "destination_port: 5", "")))
        .contains(
            "error adding listener '127.0.0.1:8080': filter chain 'C' has the same matching rules"
                + " defined as 'A'");
    assertThat(problems(matching("source_ports: [1, 2]", "source_ports: [2]")))
        .contains(
            "error adding listener '127.0.0.1:8080': multiple filter chains with overlapping"
                + " matching rules are defined: 'A' and 'B'");
    assertThat(problems(matching("source_ports: [1, 1]"))).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "address_suffix: x | address_suffix: is not supported",
        "suffix_len: 3 | suffix_len: is not supported",
        "prefix_ranges: [{address_prefix: foo}] | prefix_ranges[0].address_prefix: malformed IP"
            + " address: foo",
        "server_names: [a, 'x.*.b'] | server_names[1]: partial wildcards are not supported in"
            + " \"server_names\": 'x.*.b' is neither a name nor '*.' and the end of names",
        "server_names: ['*'] | server_names[0]: partial wildcards are not supported in"
            + " \"server_names\": '*' is neither a name nor '*.' and the end of names",
      })
  void refusesMatchesThatItCannotUnderstand(String fields, String problem) {
    assertThat(problems(matching(fields)))
        .contains("filter_chains[0].filter_chain_match." + problem);
  }

  @Test
  void wantsAChain() {
    assertThat(problems(listener("stat_prefix: p")))
        .contains("error adding listener '127.0.0.1:8080': no filter chains specified");
  }

  @Test
  void keepsChainsThatDidNotChange() {
    var before =
        (ListenerResource) Yaml.valid(ResourceKind.LISTENER, matching("", "source_ports: [1]"));
    var after = Yaml.next(before, matching("", "source_ports: [2]"));

    var old = before.listener().chains().all();
    var now = after.listener().chains().all();
    assertThat(now.get(0)).isSameAs(old.get(0));
    assertThat(now.get(1)).isNotSameAs(old.get(1));
    assertThat(now.get(1).filters().getFirst().factory())
        .isSameAs(old.get(1).filters().getFirst().factory());
    assertThat(before.listener().differsInChainsOnly(after.listener())).isTrue();
  }

  @Test
  void readsAccessLogs() {
    assertThat(
            config(
                    withChain(
                        "access_log: [{name: l, typed_config: {'@type':"
                            + " type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog}}]"))
                .accessLogs())
        .hasSize(1);
    assertThat(problems(withChain("access_log: [{name: l, filter: {extension_filter: {}}}]")))
        .contains("access_log[0].filter.extension_filter: filter '' () is not supported");
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
    var chain = config(chain(MIDDLE, TCP)).chains().all().getFirst();

    assertThat(chain.http()).isNull();
    assertThat(chain.filters()).extracting(NetworkFilterEntry::name).containsExactly("wasm", "tcp");
    assertThat(chain.filters())
        .extracting(entry -> entry.factory().terminal())
        .containsExactly(false, true);
  }

  @Test
  void readsNetworkFiltersBeforeAConnectionManager() {
    var chain = config(chain(MIDDLE, HCM)).chains().all().getFirst();

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
  void refusesAConnectionManagerThatIsDiscovered() {
    assertThat(
            problems(
                chain(
                    "{name: x, config_discovery: {config_source: {ads: {}}, type_urls:"
                        + " [a/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager]}}")))
        .containsExactly(
            "filter_chains[0].filters[0].config_discovery.type_urls[0]:"
                + " 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'"
                + " is not supported: a connection manager does not come by itself");
  }

  @Test
  void holdsDefaultsOfDiscoveredFiltersAgainstTheirPlace() {
    var ending =
        "{name: x, config_discovery: {config_source: {ads: {}}, type_urls: [%1$s], default_config:"
            + " {'@type': %1$s, stat_prefix: s, cluster: c}}}";
    var type = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
    assertThat(problems(chain(ending.formatted(type)))).isEmpty();
    assertThat(problems(chain(ending.formatted(type), TCP)))
        .containsExactly(
            "filter_chains[0].filters[0].config_discovery.default_config: Error: terminal filter"
                + " named x of type envoy.filters.network.tcp_proxy must be the last filter in a"
                + " network filter chain.");
  }

  @Test
  void refusesAListenerFilterThatServesAtOnceWithoutADefault() {
    assertThat(
            problems(
                filters(
                    "{name: d, config_discovery: {config_source: {ads: {}}, type_urls:"
                        + " [a/envoy.extensions.filters.listener.original_dst.v3.OriginalDst],"
                        + " apply_default_config_without_warming: true}}")))
        .containsExactly(
            "listener_filters[0].config_discovery: Error: listener filter config d applied without"
                + " warming but has no default config.");
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

  private static String filter(String name, String type, String fields) {
    return "{name: f, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.listener.%s.v3.%s%s}}"
        .formatted(name, type, fields);
  }

  private static String filters(String... filters) {
    return withChain("listener_filters: [" + String.join(", ", filters) + "]");
  }

  @Test
  void readsListenerFilters() {
    var entries =
        config(
                filters(
                    filter(
                        "tls_inspector",
                        "TlsInspector",
                        ", initial_read_buffer_size: 512,"
                            + " close_connection_on_client_hello_parsing_errors: true"),
                    filter("http_inspector", "HttpInspector", ""),
                    filter("original_dst", "OriginalDst", ""),
                    filter(
                        "proxy_protocol",
                        "ProxyProtocol",
                        ", allow_requests_without_proxy_protocol: true, disallowed_versions: [V1],"
                            + " stat_prefix: p, pass_through_tlvs: {match_type: INCLUDE, tlv_type:"
                            + " [1, 2]}")))
            .filters();

    assertThat(entries.entries())
        .extracting(ListenerFilters.Entry::filter)
        .containsExactly(
            new ListenerFilter.TlsInspector(true),
            new ListenerFilter.HttpInspector(),
            new ListenerFilter.OriginalDst(),
            new ListenerFilter.ProxyProtocol(
                true, false, true, new TlvChoice(false, Set.of(1, 2)), "p"));
    assertThat(entries.timeoutMillis()).isEqualTo(15_000);
    assertThat(entries.continueOnTimeout()).isFalse();
    assertThat(entries.useOriginalDst()).isFalse();
  }

  @Test
  void readsHowListenerFiltersAreUsed() {
    var listener =
        config(
            withChain(
                "ignore_global_conn_limit: true, listener_filters_timeout: 0s,"
                    + " continue_on_listener_filters_timeout: true, use_original_dst: true,"
                    + " bind_to_port: false"));

    assertThat(listener.filters()).isEqualTo(new ListenerFilters(List.of(), 0, true, true));
    assertThat(listener.binding().bound()).isFalse();
    assertThat(listener.exempt()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "any_match: true | 1 2 3",
        "not_match: {any_match: true} | ''",
        "destination_port_range: {start: 1, end: 3} | 1 2",
        "or_match: {rules: [{destination_port_range: {start: 1, end: 2}}, {destination_port_range:"
            + " {start: 3, end: 4}}]} | 1 3",
        "and_match: {rules: [{destination_port_range: {start: 1, end: 3}}, {not_match:"
            + " {destination_port_range: {start: 1, end: 2}}}]} | 2",
      })
  void readsForWhomAListenerFilterIsDisabled(String predicate, String ports) {
    var filter = filter("original_dst", "OriginalDst", "");
    var disabled =
        config(
                filters(
                    filter.replaceFirst(
                        "name: f", "name: f, filter_disabled: {" + predicate + "}")))
            .filters()
            .entries()
            .getFirst()
            .disabled();

    assertThat(IntStream.range(1, 4).filter(disabled::test).mapToObj(String::valueOf))
        .isEqualTo(ports.isEmpty() ? List.of() : List.of(ports.split(" ", -1)));
  }

  @Test
  void refusesWhatListenerFiltersDoNotDo() {
    assertThat(
            problems(
                filters(
                    filter(
                        "tls_inspector",
                        "TlsInspector",
                        ", enable_ja3_fingerprinting: true, enable_ja4_fingerprinting: true"),
                    filter("proxy_protocol", "ProxyProtocol", ", rules: [{tlv_type: 1}]"),
                    "{name: d, config_discovery: {config_source: {ads: {}}, type_urls: [a]}}",
                    "{name: f, filter_disabled: {}}")))
        .contains(
            "listener_filters[0].typed_config.enable_ja3_fingerprinting: is not supported",
            "listener_filters[0].typed_config.enable_ja4_fingerprinting: is not supported",
            "listener_filters[1].typed_config.rules: is not supported",
            "listener_filters[2].config_discovery: Error: no listener factory found for a required"
                + " type URL a.",
            "listener_filters[3]: Didn't find a registered implementation for 'f' with type URL:"
                + " ''");
  }
}
