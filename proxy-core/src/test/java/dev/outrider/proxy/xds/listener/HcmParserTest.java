package dev.outrider.proxy.xds.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.config.AddressDetection;
import dev.outrider.proxy.config.ClientCertForwarding;
import dev.outrider.proxy.config.ClientCertForwarding.Mode;
import dev.outrider.proxy.config.CodecType;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.HostOptions;
import dev.outrider.proxy.config.HttpConnectionManagerConfig;
import dev.outrider.proxy.config.HttpLimits;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.InternalAddresses;
import dev.outrider.proxy.config.PathOptions;
import dev.outrider.proxy.config.PathOptions.EscapedSlashes;
import dev.outrider.proxy.config.ProxyStatusOptions;
import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.config.ServerHeader;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.http.HeaderCase;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.routing.ScopeKeyPart;
import dev.outrider.proxy.routing.UpgradeRules;
import dev.outrider.proxy.xds.Resources;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HcmParserTest {
  private static final String PREFIX = "filter_chains[0].filters[0].typed_config.";
  private static final String ROUTER =
      "{name: router, typed_config: {'@type':"
          + " type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}";

  private static String listener(String fields) {
    return """
    name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, %s}
    """
        .formatted(fields);
  }

  private static String withRouter(String fields) {
    return listener(
        "stat_prefix: in, rds: {route_config_name: r, config_source: {ads: {}}}, http_filters: ["
            + ROUTER
            + "], "
            + fields);
  }

  private static String withFilters(String... filters) {
    return listener(
        "stat_prefix: in, rds: {route_config_name: r, config_source: {ads: {}}}, http_filters: ["
            + String.join(", ", filters)
            + "]");
  }

  private static String filter(String name, String config, String more) {
    return "{name: %s, typed_config: {'@type': type.googleapis.com/google.protobuf.Struct, value: {%s}}%s}"
        .formatted(name, config, more);
  }

  private static ListenerResource resource(String yaml) {
    return (ListenerResource) Yaml.valid(ResourceKind.LISTENER, yaml);
  }

  private static HttpConnectionManagerConfig hcm(String yaml) {
    return Resources.http(resource(yaml).listener().chains().all().getFirst());
  }

  private static List<String> problems(String yaml) {
    return Yaml.problems(ResourceKind.LISTENER, yaml);
  }

  @Test
  void readsWhatResponsesSayAboutErrors() {
    assertThat(hcm(withRouter("")).proxyStatus()).isNull();
    assertThat(hcm(withRouter("server_name: s, proxy_status_config: {}")).proxyStatus())
        .isEqualTo(new ProxyStatusOptions("s", true, true, true, false));
    assertThat(
            hcm(withRouter("server_name: s, proxy_status_config: {use_node_id: false}"))
                .proxyStatus())
        .isEqualTo(new ProxyStatusOptions("s", true, true, true, false));
    assertThat(
            hcm(withRouter(
                    "proxy_status_config: {literal_proxy_name: me, remove_details: true,"
                        + " remove_connection_termination_details: true, remove_response_flags:"
                        + " true, set_recommended_response_code: true}"))
                .proxyStatus())
        .isEqualTo(new ProxyStatusOptions("me", false, false, false, true));
  }

  @Test
  void takesEnvoysDefaults() {
    var hcm = hcm(withRouter(""));

    assertThat(hcm.statPrefix()).isEqualTo("in");
    assertThat(hcm.filters().usual()).isEmpty();
    assertThat(hcm.timeouts())
        .isEqualTo(new HttpTimeouts(300_000, 0, 0, 3_600_000, 0, 1_000, 5_000));
    assertThat(hcm.limits()).isEqualTo(new HttpLimits(61_440, 100, 0));
    assertThat(hcm.http1()).isEqualTo(new Http1Options(false));
    assertThat(hcm.forwarding()).isEqualTo(new ForwardingOptions(false, 0, false, ""));
    assertThat(hcm.requestId()).isEqualTo(RequestIdOptions.DEFAULT);
    assertThat(hcm.serverName()).isEqualTo("envoy");
    assertThat(hcm.serverHeader()).isEqualTo(ServerHeader.OVERWRITE);
    assertThat(hcm.accessLogs()).isEmpty();
  }

  @Test
  void speaksTheVersionThatItIsTold() {
    assertThat(hcm(withRouter("")).codec()).isEqualTo(CodecType.AUTO);
    assertThat(hcm(withRouter("")).http2()).isEqualTo(Http2Options.DEFAULT);
    assertThat(hcm(withRouter("codec_type: HTTP2")).codec()).isEqualTo(CodecType.HTTP2);
  }

  @Test
  void readsEverythingThatIsActedOn() {
    var hcm =
        hcm(
            withRouter(
                """
                codec_type: HTTP1, server_name: s, server_header_transformation: PASS_THROUGH,
                stream_idle_timeout: 1s, request_headers_timeout: 2s, request_timeout: 3s, delayed_close_timeout: 4s,
                drain_timeout: 7s, stream_flush_timeout: 8s, http1_safe_max_connection_duration: true, http2_protocol_options: {max_concurrent_streams: 9}, stream_error_on_invalid_http_message: true,
                common_http_protocol_options: {idle_timeout: 5s, max_stream_duration: 6s, max_connection_duration: 9s, max_headers_count: 7, max_requests_per_connection: 8},
                max_request_headers_kb: 9, http_protocol_options: {enable_trailers: true},
                use_remote_address: true, xff_num_trusted_hops: 1, skip_xff_append: true, via: v,
                generate_request_id: false, preserve_external_request_id: true,
                request_id_extension: {typed_config: {"@type": type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig, pack_trace_reason: false}}, always_set_request_id_in_response: true,
                normalize_path: false, forward_client_cert_details: APPEND_FORWARD,
                set_current_client_cert_details: {cert: true, chain: true, subject: true, uri: true, dns: true}
                """));

    assertThat(hcm.timeouts())
        .isEqualTo(
            new HttpTimeouts(1_000, 2_000, 3_000, 5_000, 6_000, 4_000, 7_000, 8_000, 9_000, true));
    assertThat(hcm.codec()).isEqualTo(CodecType.HTTP1);
    assertThat(hcm.http2().concurrentStreams()).isEqualTo(9);
    assertThat(hcm.http2().streamErrorOnInvalidMessage()).isTrue();
    assertThat(hcm.limits()).isEqualTo(new HttpLimits(9 * 1024, 7, 8));
    assertThat(hcm.http1()).isEqualTo(new Http1Options(true));
    assertThat(hcm.forwarding())
        .isEqualTo(
            new ForwardingOptions(true, 1, true, "v")
                .with(new ClientCertForwarding(Mode.APPEND_FORWARD, true, true, true, true, true)));
    assertThat(hcm.requestId()).isEqualTo(new RequestIdOptions(false, true, true, false));
    assertThat(hcm.serverName()).isEqualTo("s");
    assertThat(hcm.serverHeader()).isEqualTo(ServerHeader.PASS_THROUGH);
  }

  @Test
  void readsWhoIsBelievedAboutAddresses() {
    var forwarding =
        hcm(withRouter(
                """
                internal_address_config: {unix_sockets: true, cidr_ranges: [{address_prefix: 10.1.2.3, prefix_len: 8}]},
                append_x_forwarded_port: true, add_user_agent: true, scheme_header_transformation: {scheme_to_overwrite: https},
                original_ip_detection_extensions: [
                  {name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.http.original_ip_detection.xff.v3.XffConfig,
                   xff_trusted_cidrs: {cidrs: [{address_prefix: "fc00::", prefix_len: 7}]}, skip_xff_append: false}},
                  {name: z, typed_config: {"@type": type.googleapis.com/envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig,
                   header_name: X-Real-IP, allow_extension_to_set_address_as_trusted: true, reject_with_status: {code: Locked}}}]
                """))
            .forwarding();

    assertThat(forwarding.internal())
        .isEqualTo(new InternalAddresses(true, List.of(range("10.0.0.0", 8))));
    assertThat(forwarding.appendPort()).isTrue();
    assertThat(forwarding.userAgent()).isEqualTo(new ServiceIdentity("own-cluster", "own-node"));
    assertThat(forwarding.scheme()).isEqualTo("https");
    assertThat(forwarding.detections())
        .containsExactly(
            new AddressDetection.Forwarded(0, List.of(range("fc00::", 7)), true),
            new AddressDetection.Header(HeaderName.of("x-real-ip"), true, 423));
  }

  private static IpRange range(String first, int bits) {
    return new IpRange(Objects.requireNonNull(IpAddress.parse(first)), bits);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "use_remote_address: true | may not be mixed with use_remote_address",
        "xff_num_trusted_hops: 1 | may not be mixed with xff_num_trusted_hops",
      })
  void refusesTwoOpinionsAboutAddresses(String field, String problem) {
    var detection =
        "original_ip_detection_extensions: [{name: x, typed_config: {'@type':"
            + " type.googleapis.com/envoy.extensions.http.original_ip_detection.xff.v3.XffConfig}}],"
            + " ";

    assertThat(problems(withRouter(detection + field)))
        .contains(PREFIX + "original_ip_detection_extensions: " + problem);
  }

  @Test
  void refusesExtensionsThatItDoesNotHave() {
    var unknown =
        "[{name: x, typed_config: {'@type': type.googleapis.com/google.protobuf.Struct}}]";

    assertThat(problems(withRouter("original_ip_detection_extensions: " + unknown)).getFirst())
        .contains("original_ip_detection_extensions[0].typed_config", "Struct' is not supported");
    assertThat(
            problems(
                    withRouter(
                        "request_id_extension: "
                            + unknown.substring(1, unknown.length() - 1).replace("name: x, ", "")))
                .getFirst())
        .contains("request_id_extension.typed_config: only envoy.extensions.request_id.uuid");
  }

  @Test
  void readsHowPathsAndHostsAreNormalised() {
    var requests =
        hcm(withRouter(
                """
                normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT,
                strip_matching_host_port: true, strip_trailing_host_dot: true
                """))
            .requests();

    assertThat(requests.path()).isEqualTo(new PathOptions(true, true, EscapedSlashes.REDIRECT));
    assertThat(requests.host()).isEqualTo(new HostOptions(HostOptions.Port.MATCHING, true));
    assertThat(hcm(withRouter("strip_any_host_port: true")).requests().host())
        .isEqualTo(new HostOptions(HostOptions.Port.ANY, false));
    assertThat(
            problems(withRouter("strip_matching_host_port: true, strip_any_host_port: true"))
                .getFirst())
        .contains("only one of strip_matching_host_port or strip_any_host_port can be set");
  }

  @Test
  void readsTheOptionsOfHttp1() {
    var hcm =
        hcm(
            withRouter(
                """
                proxy_100_continue: true, common_http_protocol_options: {headers_with_underscores_action: DROP_HEADER},
                http_protocol_options: {accept_http_10: true, default_host_for_http_10: d, allow_chunked_length: true,
                  allow_absolute_url: false, allow_custom_methods: true, send_fully_qualified_url: true,
                  header_key_format: {proper_case_words: {}}}
                """));

    assertThat(hcm.http1())
        .isEqualTo(
            new Http1Options(false, true, "d", true, false, true, true, HeaderCase.PROPER_WORDS));
    assertThat(hcm.requests())
        .isEqualTo(new RequestOptions(UpgradeRules.NONE, true, UnderscoreNames.DROP_HEADER));
  }

  @Test
  @SuppressWarnings("InlineFormatString") // used with a good name and with a bad one
  void readsTheFormatterThatPreservesCase() {
    var formatter =
        "http_protocol_options: {header_key_format: {stateful_formatter: {name: preserve_case,"
            + " typed_config: {'@type':"
            + " type.googleapis.com/envoy.extensions.http.header_formatters.%s}}}}";

    assertThat(
            hcm(withRouter(formatter.formatted("preserve_case.v3.PreserveCaseFormatterConfig")))
                .http1()
                .headerCase())
        .isEqualTo(HeaderCase.PRESERVED);
  }

  @Test
  void readsWhichUpgradesAreAllowed() {
    var hcm =
        hcm(
            withRouter(
                "upgrade_configs: [{upgrade_type: WebSocket}, {upgrade_type: x, enabled: false},"
                    + " {upgrade_type: CONNECT, enabled: true}]"));

    assertThat(hcm.requests().upgrades())
        .isEqualTo(new UpgradeRules(Map.of("websocket", true, "x", false, "connect", true), false));
  }

  @Test
  void refusesUpgradesThatItCannotServe() {
    assertThat(
            problems(
                withRouter(
                    "upgrade_configs: [{upgrade_type: a, filters: [{name: f}]}, {upgrade_type:"
                        + " A}, {upgrade_type: CONNECT-UDP}]")))
        .hasSize(3)
        .anyMatch(problem -> problem.contains("upgrade_configs[0].filters"))
        .anyMatch(problem -> problem.contains("multiple upgrade configs"))
        .anyMatch(problem -> problem.contains("upgrade_configs[2].upgrade_type"));
  }

  @Test
  void waitsForTheRoutesThatItNames() {
    var resource =
        resource(
            listener(
                "stat_prefix: in, rds: {route_config_name: r, config_source: {ads: {},"
                    + " initial_fetch_timeout: 0s}}, http_filters: ["
                    + ROUTER
                    + "]"));

    assertThat(Resources.http(resource.listener().chains().all().getFirst()).routes())
        .isEqualTo(new RouteSource.Rds("r"));
    assertThat(resource.needs())
        .containsExactly(
            new Resource.InitTarget(new ResourceKey(ResourceKind.ROUTES, "r"), false, 0));
  }

  @Test
  void wantsToSeeTheClustersOfItsOwnRoutesUnlessToldOtherwise() {
    var routes =
        "stat_prefix: in, http_filters: ["
            + ROUTER
            + "], route_config: {name: r, %s virtual_hosts: [{name: h, domains: ['*'], routes:"
            + " [{match: {prefix: /a}, route: {cluster: a}},{match: {prefix: /b}, route:"
            + " {weighted_clusters: {clusters: [{name: b, weight: 1}]}}},{match: {prefix: /c},"
            + " route: {cluster_header: x}}]}]}";

    assertThat(resource(listener(routes.formatted(""))).mustExist())
        .containsExactlyInAnyOrder("a", "b");
    assertThat(resource(listener(routes.formatted("validate_clusters: false,"))).mustExist())
        .isEmpty();
    assertThat(resource(listener(routes.formatted(""))).needs()).isEmpty();
  }

  @Test
  void wantsToSeeTheClustersThatGetCopiesToo() {
    var routes =
        "stat_prefix: in, http_filters: ["
            + ROUTER
            + "], route_config: {name: r, request_mirror_policies: [{cluster: c}], virtual_hosts:"
            + " [{name: h, domains: ['*'], routes: [{match: {prefix: /a}, route: {cluster: a,"
            + " request_mirror_policies: [{cluster: b}, {cluster_header: x}]}},"
            + "{match: {prefix: /b}, route: {cluster: a}}]}]}";

    assertThat(resource(listener(routes)).mustExist()).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void readsEarlyChangesOfHeaders() {
    var type =
        "'@type':"
            + " type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation";
    var fields =
        "early_header_mutation_extensions: [{name: x, typed_config: {%s, mutations: [%s]}}]";

    var early =
        hcm(withRouter(
                fields.formatted(
                    type,
                    "{remove: X-A}, {append: {header: {key: x-b, value: c}, append_action:"
                        + " ADD_IF_ABSENT}}")))
            .requests()
            .early();

    assertThat(early.getFirst()).isEqualTo(new HeaderEdit.Remove(HeaderName.of("x-a")));
    assertThat(early.get(1).name()).isEqualTo(HeaderName.of("x-b"));
    assertThat(problems(withRouter(fields.formatted(type, "{remove: ':path'}"))).getFirst())
        .contains("[0].typed_config.mutations[0].remove: :-prefixed or host headers");
    assertThat(
            problems(withRouter("early_header_mutation_extensions: [{name: x, typed_config: {}}]"))
                .getFirst())
        .contains("early_header_mutation_extensions[0].typed_config: only envoy.extensions.http");
  }

  @Test
  void upgradesMayHaveFiltersOfTheirOwn() {
    var hcm =
        hcm(
            withRouter(
                "upgrade_configs: [{upgrade_type: WebSocket, filters: [%s, %s]}]"
                    .formatted(filter("w", "x: 1", ""), ROUTER)));

    assertThat(hcm.filters().usual()).isEmpty();
    assertThat(hcm.filters().upgrades().get("websocket")).extracting("name").containsExactly("w");
  }

  @Test
  void keepsFiltersInOrderAndLeavesUnknownOptionalOnesOut() {
    var unknown =
        "{name: u, is_optional: true, typed_config: {'@type':"
            + " type.googleapis.com/google.protobuf.Duration, value: 1s}}";

    var hcm =
        hcm(
            withFilters(
                filter("a", "x: 1", ""),
                filter("d", "x: 1", ", disabled: true"),
                unknown,
                filter("b", "x: 2", ""),
                ROUTER));

    assertThat(hcm.filters().usual())
        .extracting("name", "disabled")
        .containsExactly(tuple("a", false), tuple("d", true), tuple("b", false));
  }

  @Test
  void saysWhichFilterIsRefusedAndWhy() {
    assertThat(problems(withFilters(filter("a", "bad: 1", ""), filter("b", "bad: 1", ""), ROUTER)))
        .containsExactly(
            PREFIX + "http_filters[0].typed_config.bad: is refused",
            PREFIX + "http_filters[1].typed_config.bad: is refused");
  }

  @Test
  void wantsTheRouterAtTheEndAndNowhereElse() {
    assertThat(problems(withFilters(filter("wasm0", "x: 1", ""))))
        .containsExactly(
            PREFIX
                + "http_filters[0]: Error: non-terminal filter named wasm0 of type"
                + " google.protobuf.Struct is the last filter in a http filter chain.");
    assertThat(problems(withFilters(ROUTER, ROUTER)))
        .containsExactly(
            PREFIX
                + "http_filters[0]: Error: terminal filter named router of type"
                + " envoy.filters.http.router must be the last filter in a http filter chain.");
    assertThat(problems(withFilters()))
        .contains(PREFIX + "http_filters: a router filter is required at the end of the chain");
  }

  @Test
  void refusesFiltersThatComeFromElsewhereOrStandBehindTheRouter() {
    assertThat(
            problems(
                withFilters(
                    ROUTER,
                    "{name: e, config_discovery: {config_source: {ads: {}}, type_urls: [x]}}")))
        .contains(
            PREFIX
                + "http_filters[1]: Error: filter named e, whose configuration is discovered, is"
                + " the last filter in a http filter chain.");
    assertThat(
            problems(
                withFilters(
                    ROUTER.replace(
                        "v3.Router}", "v3.Router, upstream_http_filters: [{name: x}]}"))))
        .contains(PREFIX + "http_filters[0].typed_config.upstream_http_filters: is not supported");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "codec_type: HTTP3 | codec_type",
        "scheme_header_transformation: {match_upstream: true} |"
            + " scheme_header_transformation.match_upstream",
      })
  void refusesWhatWouldLetOtherRequestsThrough(String fields, String field) {
    assertThat(problems(withRouter(fields))).contains(PREFIX + field + ": is not supported");
  }

  private static String scoped(String... scopes) {
    return "stat_prefix: in, http_filters: ["
        + ROUTER
        + "], scoped_routes: {name: s, rds_config_source: {ads: {}}, scope_key_builder: {fragments:"
        + " [{header_value_extractor: {name: X-Scope, element_separator: ';', element: {separator:"
        + " '=', key: a}}}, {header_value_extractor: {name: x-b, element_separator: ',', index:"
        + " 1}}]}, scoped_route_configurations_list: {scoped_route_configurations: ["
        + String.join(", ", scopes)
        + "]}}";
  }

  private static String scope(String name, String key, String routes) {
    return "{name: %s, key: {fragments: [{string_key: %s}, {string_key: z}]}, %s}"
        .formatted(name, key, routes);
  }

  @Test
  void readsScopesOfRoutes() {
    var resource =
        (ListenerResource)
            Yaml.valid(
                ResourceKind.LISTENER,
                listener(
                    scoped(
                        scope("one", "k1", "route_configuration_name: r"),
                        scope("two", "k2", "route_configuration: {name: own}"))));

    var routes = Resources.http(resource.listener().chains().all().getFirst()).routes();
    assertThat(routes)
        .isEqualTo(
            new RouteSource.Scoped(
                List.of(
                    new ScopeKeyPart(
                        HeaderName.of("x-scope"), ";", new ScopeKeyPart.Named("=", "a")),
                    new ScopeKeyPart(HeaderName.of("x-b"), ",", new ScopeKeyPart.Place(1))),
                Map.of(
                    new ScopeKey(List.of("k1", "z")), new RouteSource.Rds("r"),
                    new ScopeKey(List.of("k2", "z")),
                        new RouteSource.Inline(new RouteTable("own", List.of())))));
    assertThat(resource.needs())
        .extracting(need -> need.key().toString())
        .containsExactly("route configuration 'r'");
  }

  @Test
  void refusesScopesThatCannotBeToldApart() {
    assertThat(
            problems(
                listener(
                    scoped(
                        scope("one", "k", "route_configuration_name: r"),
                        scope("one", "l", "route_configuration_name: r, on_demand: true"),
                        scope(
                            "two",
                            "k",
                            "route_configuration: {name: r, virtual_hosts: [{name: a,"
                                + " domains: [x, x]}]}")))))
        .anySatisfy(
            text ->
                assertThat(text)
                    .endsWith(
                        "scope configuration 'one' found".replace("scope c", "scoped route c")))
        .anySatisfy(text -> assertThat(text).endsWith("on_demand: is not supported"))
        .anySatisfy(
            text ->
                assertThat(text)
                    .endsWith(
                        "scope key conflict found, first scope is 'one', second scope is 'two'"))
        .anySatisfy(text -> assertThat(text).contains("Duplicate entry of domain x"));
  }

  @Test
  void refusesRoutesThatItCannotFind() { // X37
    var filters = "stat_prefix: in, http_filters: [" + ROUTER + "]";

    assertThat(
            problems(
                listener(
                    filters
                        + ", scoped_routes: {name: s, scope_key_builder: {fragments:"
                        + " [{header_value_extractor: {name: x, index: 1}}]},"
                        + " rds_config_source: {ads: {}}, scoped_rds: {scoped_rds_config_source:"
                        + " {ads: {}}}}")))
        .containsExactly(
            PREFIX
                + "scoped_routes.scope_key_builder.fragments[0].header_value_extractor: Index > 0"
                + " for empty string element separator.");
    assertThat(problems(listener(filters)))
        .contains("filter_chains[0].filters[0].typed_config: one of route_config, rds is required");
    assertThat(
            problems(
                listener(filters + ", rds: {route_config_name: r, config_source: {self: {}}}")))
        .contains(
            PREFIX
                + "rds.config_source: only 'ads', 'path_config_source' and 'api_config_source' are"
                + " supported as sources");
  }

  @Test
  void namesProblemsOfInlineRoutesByTheirPlaceInTheListener() {
    assertThat(
            problems(
                listener(
                    "stat_prefix: in, http_filters: ["
                        + ROUTER
                        + "], route_config: {name: r, virtual_hosts: [{name: h, domains: ['*'],"
                        + " rate_limits: [{actions: [{remote_address: {}}]}]}]}")))
        .containsExactly(PREFIX + "route_config.virtual_hosts[0].rate_limits: is not supported");
  }
}
