package dev.outrider.proxy.xds.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.AutoSni;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.CircuitBreakers.RetryBudget;
import dev.outrider.proxy.cluster.CircuitBreakers.Thresholds;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.DnsFamily;
import dev.outrider.proxy.cluster.DnsOptions;
import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import dev.outrider.proxy.cluster.DnsResolverSpec;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.FamilyOrder;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.SocketMatch;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.cluster.UpstreamHttpOptions.Limits;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterParserTest {
  private static final String STATIC = "{name: c, type: STATIC, connect_timeout: 1s, %s}";

  private static ClusterResource cluster(String yaml) {
    return (ClusterResource) Yaml.valid(ResourceKind.CLUSTER, yaml);
  }

  private static List<String> problems(String fields) {
    return Yaml.problems(ResourceKind.CLUSTER, STATIC.formatted(fields));
  }

  @Test
  void readsARetryBudget() {
    assertThat(
            cluster(
                    STATIC.formatted(
                        "circuit_breakers: {thresholds: [{retry_budget: {budget_percent: {value:"
                            + " 2.5}}}, {priority: HIGH, retry_budget: {min_retry_concurrency:"
                            + " 7}}]}"))
                .cluster()
                .breakers())
        .isEqualTo(
            new CircuitBreakers(
                new Thresholds(1024, 1024, 1024, 3, new RetryBudget(2.5, 3)),
                new Thresholds(1024, 1024, 1024, 3, new RetryBudget(20, 7))));
  }

  @Test
  void readsAStaticClusterWithEnvoysDefaults() {
    var resource =
        cluster(
            """
            name: c
            type: STATIC
            load_assignment:
              cluster_name: c
              endpoints:
              - lb_endpoints:
                - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80}}}
            """);

    var cluster = resource.cluster();
    assertThat(cluster.statName()).isEqualTo("c");
    assertThat(cluster.connections().connectTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(cluster.connections().bufferLimitBytes()).isEqualTo(1 << 20);
    assertThat(cluster.breakers().normal()).isEqualTo(Thresholds.DEFAULT);
    assertThat(cluster.http()).isEqualTo(UpstreamHttpOptions.DEFAULT);
    assertThat(cluster.loadBalancing().healthyPanicPercent()).isEqualTo(50);
    assertThat(cluster.addedViaApi()).isTrue();
    assertThat(((Discovery.Static) cluster.discovery()).assignment().endpoints()).hasSize(1);
    assertThat(resource.needs()).isEmpty();
  }

  @Test
  void readsEverythingThatIsActedOn() {
    var cluster =
        cluster(
                """
                name: c
                alt_stat_name: other
                type: STATIC
                connect_timeout: 0.25s
                per_connection_buffer_limit_bytes: 4096
                lb_policy: ROUND_ROBIN
                metadata: {filter_metadata: {a: {}}}
                common_lb_config: {healthy_panic_threshold: {value: 30}}
                circuit_breakers:
                  thresholds:
                  - {max_connections: 1, max_pending_requests: 2, max_requests: 3, max_retries: 4}
                  - {priority: HIGH, max_connections: 5}
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    explicit_http_config: {http_protocol_options: {}}
                    common_http_protocol_options:
                      idle_timeout: 7s
                      max_requests_per_connection: 8
                      max_headers_count: 9
                      max_response_headers_kb: 10
                      max_connection_duration: 11s
                """)
            .cluster();

    assertThat(cluster.statName()).isEqualTo("other");
    assertThat(cluster.connections().connectTimeout()).isEqualTo(Duration.ofMillis(250));
    assertThat(cluster.connections().bufferLimitBytes()).isEqualTo(4096);
    assertThat(cluster.loadBalancing().healthyPanicPercent()).isEqualTo(30);
    assertThat(cluster.metadata()).isEqualTo(Yaml.metadata("a"));
    assertThat(cluster.breakers().normal()).isEqualTo(new Thresholds(1, 2, 3, 4));
    assertThat(cluster.breakers().high()).isEqualTo(new Thresholds(5, 1024, 1024, 3));
    assertThat(cluster.http().limits())
        .isEqualTo(new Limits(8, Duration.ofSeconds(7), Duration.ofSeconds(11), 9, 10_240));
    assertThat(cluster.http().version()).isEqualTo(HttpVersion.HTTP1);
  }

  @Test
  void takesALimitAboveTheLargestIntegerForThat() {
    var breakers =
        cluster(STATIC.formatted("circuit_breakers: {thresholds: [{max_connections: 4294967295}]}"))
            .cluster()
            .breakers();

    assertThat(breakers.normal().maxConnections()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void readsTheDeprecatedPlacesOfHttpOptions() {
    var http =
        cluster(
                STATIC.formatted(
                    "common_http_protocol_options: {idle_timeout: 7s}, max_requests_per_connection:"
                        + " 9"))
            .cluster()
            .http();

    assertThat(http.limits()).isEqualTo(new Limits(9, Duration.ofSeconds(7), 100, 0));
  }

  @Test
  void readsTheDeprecatedChoiceOfTheProtocol() {
    var http =
        cluster(
                STATIC.formatted(
                    "protocol_selection: USE_DOWNSTREAM_PROTOCOL, http_protocol_options:"
                        + " {enable_trailers: true}, http2_protocol_options: {hpack_table_size:"
                        + " 7}"))
            .cluster()
            .http();

    assertThat(http.asDownstream()).isTrue();
    assertThat(http.http1().enableTrailers()).isTrue();
    assertThat(http.http2().hpackTableSize()).isEqualTo(7);
    assertThat(problems("http_protocol_options: {}, http2_protocol_options: {}"))
        .contains(
            "cluster: Both HTTP1 and HTTP2 options may only be configured with non-default"
                + " 'protocol_selection' values");
  }

  @Test
  void takesTheFirstLoadBalancingPolicyThatItKnows() {
    assertThat(
            problems(
                """
                load_balancing_policy: {policies: [
                  {typed_extension_config: {name: odd, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct}}},
                  {typed_extension_config: {name: rr, typed_config: {
                    "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin}}}]}
                """))
        .isEmpty();
  }

  @Test
  void waitsForEndpointsUnderTheServiceName() {
    var resource =
        cluster(
            """
            name: c
            type: EDS
            eds_cluster_config:
              service_name: s
              eds_config: {ads: {}, resource_api_version: V3, initial_fetch_timeout: 3s}
            """);

    assertThat(resource.cluster().discovery()).isEqualTo(new Discovery.Eds("s"));
    assertThat(resource.needs())
        .containsExactly(
            new Resource.InitTarget(new ResourceKey(ResourceKind.ENDPOINTS, "s"), true, 3_000));
  }

  @Test
  void waitsFifteenSecondsUnderItsOwnNameUnlessToldOtherwise() {
    var resource = cluster("{name: c, type: EDS, eds_cluster_config: {eds_config: {ads: {}}}}");

    assertThat(resource.needs())
        .containsExactly(
            new Resource.InitTarget(new ResourceKey(ResourceKind.ENDPOINTS, "c"), true, 15_000));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "filters: [{name: x}] | filters[0]: is not supported",
        "transport_socket: {name: tls} | transport_socket: Didn't find a registered implementation"
            + " for 'tls' with type URL: ''",
        "upstream_bind_config: {local_address_selector: {name: x}} |"
            + " upstream_bind_config.local_address_selector: is not supported",
        "upstream_connection_options: {set_local_interface_name_on_upstream_connections: true} |"
            + " upstream_connection_options.set_local_interface_name_on_upstream_connections: is"
            + " not supported",
        "circuit_breakers: {per_host_thresholds: [{max_requests: 1}]} | Unsupported field in"
            + " per_host_thresholds",
        "eds_cluster_config: {eds_config: {ads: {}}} | eds_cluster_config: Cannot set EDS cluster"
            + " config in a non-EDS cluster",
        "load_balancing_policy: {} | load_balancing_policy: cluster: didn't find a registered load"
            + " balancer factory implementation for cluster: 'c' with names from []",
      })
  void refusesWhatItWouldHaveToIgnore(String fields, String problem) {
    assertThat(problems(fields)).contains(problem);
  }

  @Test
  void refusesAnEdsClusterThatNobodyFeeds() {
    assertThat(
            Yaml.problems(
                ResourceKind.CLUSTER,
                "{name: c, type: EDS, eds_cluster_config: {eds_config: {self: {}}}}"))
        .containsExactly(
            "eds_cluster_config.eds_config: only 'ads', 'path_config_source' and"
                + " 'api_config_source' are supported as sources");
    assertThat(
            Yaml.problems(
                ResourceKind.CLUSTER,
                "{name: c, type: EDS, eds_cluster_config: {service_name: 'xdstp://a/b', eds_config:"
                    + " {ads: {}}}}"))
        .containsExactly(
            "eds_cluster_config.eds_config: 'xdstp://a/b': names that are locators (xdstp) are not"
                + " supported");
    assertThat(Yaml.problems(ResourceKind.CLUSTER, "{name: c, type: EDS}"))
        .contains("eds_cluster_config: is required for a cluster of type EDS");
  }

  @Test
  void speaksAsTheClientDoesIfToldSo() {
    var http =
        cluster(
                STATIC.formatted(
                    "typed_extension_protocol_options: {x: {'@type':"
                        + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions,"
                        + " use_downstream_protocol_config: {http2_protocol_options: {}}}}"))
            .cluster()
            .http();

    assertThat(http.asDownstream()).isTrue();
    assertThat(http.towards(HttpVersion.HTTP1)).isEqualTo(HttpVersion.HTTP1);
    assertThat(http.towards(HttpVersion.HTTP2)).isEqualTo(HttpVersion.HTTP2);
    assertThat(http.version()).isEqualTo(HttpVersion.HTTP2);
  }

  @Test
  void speaksHttp2IfToldSo() {
    var options = "{initial_stream_window_size: 65536, max_concurrent_streams: 3}";
    for (var way :
        List.of(
            "http2_protocol_options: " + options,
            "typed_extension_protocol_options: {x: {'@type':"
                + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions,"
                + " explicit_http_config: {http2_protocol_options: "
                + options
                + "}}}")) {
      var http = cluster(STATIC.formatted(way)).cluster().http();

      assertThat(http.version()).isEqualTo(HttpVersion.HTTP2);
      assertThat(http.asDownstream()).isFalse();
      assertThat(http.http2().streamWindow()).isEqualTo(65_536);
      assertThat(http.http2().concurrentStreams()).isEqualTo(3);
    }
  }

  @Test
  void readsWhatRequestsDecideAboutTls() {
    var options =
        "upstream_http_protocol_options: {auto_sni: true, auto_san_validation: true,"
            + " override_auto_sni_header: X-Name}";
    var typed =
        "typed_extension_protocol_options: {x: {\"@type\":"
            + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions,"
            + " explicit_http_config: {http_protocol_options: {}}, "
            + options
            + "}}";

    for (var place : List.of(options, typed)) {
      assertThat(cluster(STATIC.formatted(place)).cluster().http().autoSni())
          .isEqualTo(new AutoSni(true, true, HeaderName.of("x-name")));
    }
    assertThat(cluster(STATIC.formatted("")).cluster().http().autoSni()).isEqualTo(AutoSni.NONE);
    assertThat(problems("upstream_http_protocol_options: {override_auto_sni_header: 'a b'}"))
        .anyMatch(problem -> problem.contains("override_auto_sni_header"));
  }

  @Test
  void refusesUpstreamHttpOptionsThatItDoesNotKnow() {
    var type =
        "\"@type\": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    var place = "typed_extension_protocol_options[x]";

    assertThat(
            problems(
                "typed_extension_protocol_options: {x: {%s, auto_config: {http3_protocol_options: {}}}}"
                    .formatted(type)))
        .contains(place + ".auto_config.http3_protocol_options: is not supported");
    assertThat(
            problems(
                "typed_extension_protocol_options: {x: {%s, explicit_http_config: {http3_protocol_options: {}}, common_http_protocol_options: {max_stream_duration: 1s}}}"
                    .formatted(type)))
        .contains(
            place + ".explicit_http_config.http3_protocol_options: is not supported",
            place + ".common_http_protocol_options.max_stream_duration: is not supported");
    assertThat(
            problems(
                "typed_extension_protocol_options: {x: {\"@type\":"
                    + " type.googleapis.com/google.protobuf.Struct}}"))
        .contains(
            place
                + ": Didn't find a registered network filter or http filter implementation for"
                + " name: 'x'");
  }

  @Test
  void namesEveryProblemAtOnceInTheWordsOfTheSchemaAndItsOwn() {
    assertThat(
            Yaml.problems(
                ResourceKind.CLUSTER,
                "{name: c, type: STATIC, connect_timeout: 0s, lb_policy:"
                    + " LOAD_BALANCING_POLICY_CONFIG, filters: [{name: x}]}"))
        .hasSize(3)
        .anySatisfy(
            text ->
                assertThat(text)
                    .startsWith("connect_timeout: ")
                    .contains("value must be greater than 0s"))
        .contains(
            "lb_policy: cluster: field load_balancing_policy need to be set",
            "filters[0]: is not supported");
  }

  private static final String NAMES =
      """
      {name: c, %s, load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: [
        {endpoint: {address: {socket_address: {address: a.test, port_value: 80}}}}]}]}}
      """;
  private static final String CARES =
      "\"@type\":"
          + " type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig";

  private static Discovery.Dns dns(String fields) {
    return (Discovery.Dns) cluster(NAMES.formatted(fields)).cluster().discovery();
  }

  private static List<String> dnsProblems(String fields) {
    return Yaml.problems(ResourceKind.CLUSTER, NAMES.formatted(fields));
  }

  @Test
  void readsNamesWithEnvoysDefaults() {
    var dns = dns("type: STRICT_DNS");

    assertThat(dns.names().endpoints())
        .containsExactly(new EndpointSpec(new HostPort("a.test", 80)));
    assertThat(dns.options())
        .isEqualTo(
            new DnsOptions(
                5_000,
                new FailureRefresh(5_000, 0),
                false,
                0,
                DnsFamily.AUTO,
                false,
                DnsResolverSpec.DEFAULT));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type: LOGICAL_DNS|true",
        "cluster_type: {name: envoy.cluster.logical_dns}|true",
        "cluster_type: {name: envoy.cluster.strict_dns}|false"
      })
  void readsWhetherAllAddressesAreOneEndpoint(String fields, boolean single) {
    assertThat(dns(fields).options().singleEndpoint()).isEqualTo(single);
  }

  @Test
  void readsHowNamesAreResolved() {
    var options =
        dns("type: STRICT_DNS, wait_for_warm_on_init: false, dns_refresh_rate: 7s, dns_jitter: 1s,"
                + " respect_dns_ttl: true, dns_failure_refresh_rate: {base_interval: 2s,"
                + " max_interval: 3s}, dns_lookup_family: V4_PREFERRED, typed_dns_resolver_config:"
                + " {name: c, typed_config: {"
                + CARES
                + ", resolvers: [{socket_address: {address: 10.0.0.9, port_value: 53}}],"
                + " dns_resolver_options: {no_default_search_domain: true}, rotate_nameservers:"
                + " true, query_timeout_seconds: 2, query_tries: 3, edns0_max_payload_size:"
                + " 1232}}")
            .options();

    assertThat(options)
        .isEqualTo(
            new DnsOptions(
                7_000,
                new FailureRefresh(2_000, 3_000),
                true,
                1_000,
                DnsFamily.V4_PREFERRED,
                false,
                new DnsResolverSpec.Servers(
                    List.of(new HostPort("10.0.0.9", 53)), false, true, 2_000, 3, 1232)));
  }

  @Test
  void readsHowNamesAreResolvedFromTheExtension() {
    var options =
        dns("cluster_type: {name: envoy.clusters.dns, typed_config: {\"@type\":"
                + " type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster,"
                + " dns_refresh_rate: 7s, dns_jitter: 1s, respect_dns_ttl: true,"
                + " dns_failure_refresh_rate: {base_interval: 2s}, dns_lookup_family: ALL,"
                + " all_addresses_in_single_endpoint: true, typed_dns_resolver_config: {name: g,"
                + " typed_config: {\"@type\":"
                + " type.googleapis.com/envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig}}}}")
            .options();

    assertThat(options)
        .isEqualTo(
            new DnsOptions(
                7_000,
                new FailureRefresh(2_000, 20_000),
                true,
                1_000,
                DnsFamily.ALL,
                true,
                new DnsResolverSpec.OfSystem()));
  }

  @Test
  void readsTheDeprecatedPlacesOfResolvers() {
    var server = "{socket_address: {address: 10.0.0.9, port_value: 0}}";

    assertThat(dns("type: STRICT_DNS, dns_resolvers: [" + server + "]").options().resolver())
        .isEqualTo(
            dns("type: STRICT_DNS, dns_resolution_config: {resolvers: [" + server + "]}")
                .options()
                .resolver())
        .isEqualTo(
            new DnsResolverSpec.Servers(
                List.of(new HostPort("10.0.0.9", 53)), true, false, 5_000, 4, 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type: STRICT_DNS, dns_failure_refresh_rate: {base_interval: 2s, max_interval: 1s}"
            + "|dns_failure_refresh_rate must have max_interval greater than or equal to the"
            + " base_interval",
        "type: STRICT_DNS, use_tcp_for_dns_lookups: true|use_tcp_for_dns_lookups: is not supported",
        "type: STRICT_DNS, eds_cluster_config: {service_name: x}"
            + "|Cannot set EDS cluster config in a non-EDS cluster",
        "cluster_type: {name: x.y}"
            + "|Didn't find a registered cluster factory implementation for name: 'x.y'",
        "cluster_type: {name: x, typed_config: {\"@type\":"
            + " type.googleapis.com/google.protobuf.Duration}}"
            + "|Didn't find a registered cluster factory implementation for type:"
            + " 'google.protobuf.Duration'",
        "type: STATIC|malformed IP address: a.test. Consider setting resolver_name or setting"
            + " cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'"
      })
  void refusesWhatCannotBeResolved(String fields, String problem) {
    assertThat(dnsProblems(fields)).singleElement().asString().contains(problem);
  }

  @Test
  void refusesALogicalNameBesideAnother() {
    assertThat(problems("").isEmpty()).isTrue();
    assertThat(
            Yaml.problems(
                ResourceKind.CLUSTER,
                "{name: c, type: LOGICAL_DNS, load_assignment: {cluster_name: c, endpoints: []}}"))
        .singleElement()
        .asString()
        .contains(
            "LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single"
                + " lb_endpoint");
  }

  @ParameterizedTest
  @CsvSource({"use_resolvers_as_fallback", "filter_unroutable_families"})
  void refusesWhatItsResolverCannotDo(String field) {
    assertThat(
            dnsProblems(
                "type: STRICT_DNS, typed_dns_resolver_config: {name: c, typed_config: {"
                    + CARES
                    + ", "
                    + field
                    + ": true}}"))
        .singleElement()
        .asString()
        .contains(field + ": is not supported");
  }

  @Test
  void readsInWhichOrderAddressesAreTried() {
    assertThat(cluster(STATIC.formatted("")).cluster().connections().order())
        .isEqualTo(FamilyOrder.DEFAULT);
    assertThat(
            cluster(
                    STATIC.formatted(
                        "upstream_connection_options: {happy_eyeballs_config:"
                            + " {first_address_family_version: V6, first_address_family_count:"
                            + " 2}}"))
                .cluster()
                .connections()
                .order())
        .isEqualTo(new FamilyOrder(FamilyOrder.First.V6, 2));
  }

  @Test
  void readsForHowManyRequestsThereIsToBeRoom() {
    assertThat(cluster(STATIC.formatted("")).cluster().connections().preconnectRatio()).isOne();
    assertThat(
            cluster(STATIC.formatted("preconnect_policy: {per_upstream_preconnect_ratio: 1.5}"))
                .cluster()
                .connections()
                .preconnectRatio())
        .isEqualTo(1.5);
  }

  @Test
  void readsHowManyPoolsThereMayBeAndForWhom() {
    var cluster =
        cluster(
                STATIC.formatted(
                    "connection_pool_per_downstream_connection: true, circuit_breakers:"
                        + " {thresholds: [{max_connection_pools: 2, track_remaining: true}]}"))
            .cluster();

    assertThat(cluster.connections().poolPerClient()).isTrue();
    assertThat(cluster.breakers().normal())
        .isEqualTo(new Thresholds(1024, 1024, 1024, 3, null, 2, true));
    assertThat(cluster.breakers().high().maxPools()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void readsTransportSocketsForSomeEndpoints() {
    var cluster =
        cluster(
                STATIC.formatted(
                    "transport_socket_matches: [{name: t, match: {mode: tls}, transport_socket:"
                        + " {name: tls, typed_config: {\"@type\":"
                        + " type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext,"
                        + " sni: a.test}}}, {name: plain, transport_socket: {name: raw,"
                        + " typed_config: {\"@type\":"
                        + " type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}}}]"))
            .cluster();

    assertThat(cluster.tls()).isNull();
    assertThat(cluster.socketMatches()).extracting(SocketMatch::name).containsExactly("t", "plain");
    assertThat(cluster.tlsEnds()).hasSize(1);
    assertThat(cluster.tlsTo(EndpointAccess.DEFAULT.by(0))).isNotNull();
    assertThat(cluster.tlsTo(EndpointAccess.DEFAULT.by(1))).isNull();
  }

  @Test
  void findsProblemsInEachTransportSocket() {
    assertThat(
            problems(
                "transport_socket_matches: [{name: t, transport_socket: {name: x, typed_config:"
                    + " {\"@type\": type.googleapis.com/google.protobuf.Duration}}}]"))
        .containsExactly(
            "transport_socket_matches[0].transport_socket: Didn't find a registered implementation"
                + " for 'x' with type URL: 'google.protobuf.Duration'");
  }

  private static final String ORIGINAL =
      "{name: c, type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, %s}";

  @Test
  void readsWhereClientsWantedToGo() {
    assertThat(cluster(ORIGINAL.formatted("")).cluster().discovery())
        .isEqualTo(new Discovery.OriginalDst(null, 0, 5_000));
    assertThat(
            cluster(
                    ORIGINAL.formatted(
                        "cleanup_interval: 7s, original_dst_lb_config: {use_http_header: true,"
                            + " http_header_name: X-To, upstream_port_override: 8080}"))
                .cluster()
                .discovery())
        .isEqualTo(new Discovery.OriginalDst(HeaderName.of("x-to"), 8080, 7_000));
    assertThat(
            cluster(ORIGINAL.formatted("original_dst_lb_config: {use_http_header: true}"))
                .cluster()
                .discovery())
        .isEqualTo(new Discovery.OriginalDst(HeaderName.of("x-envoy-original-dst-host"), 0, 5_000));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "load_assignment: {cluster_name: c}"
            + "|ORIGINAL_DST clusters must have no load assignment configured",
        "original_dst_lb_config: {http_header_name: x}"
            + "|ORIGINAL_DST cluster: invalid config http_header_name=x and use_http_header is"
            + " false. Set use_http_header to true if http_header_name is desired.",
        "original_dst_lb_config: {metadata_key: {key: x, path: [{key: z}]}}"
            + "|original_dst_lb_config.metadata_key: is not supported"
      })
  void refusesWhatDoesNotGoWithWhereClientsWanted(String fields, String problem) {
    assertThat(Yaml.problems(ResourceKind.CLUSTER, ORIGINAL.formatted(fields)))
        .containsExactly(problem);
  }

  @Test
  void leavesTheChoiceToWhereClientsWanted() {
    assertThat(Yaml.problems(ResourceKind.CLUSTER, "{name: c, type: ORIGINAL_DST}"))
        .contains(
            "cluster: LB policy ROUND_ROBIN is not valid for Cluster type ORIGINAL_DST. Only"
                + " 'CLUSTER_PROVIDED' is allowed with cluster type 'ORIGINAL_DST'");
    assertThat(problems("lb_policy: CLUSTER_PROVIDED"))
        .contains(
            "cluster manager: cluster provided LB specified but cluster 'c' did not provide one."
                + " Check cluster documentation.");
  }

  @Test
  void readsHowManyConnectionsOneEndpointMayHave() {
    var breakers =
        cluster(
                STATIC.formatted(
                    "circuit_breakers: {per_host_thresholds: [{max_connections: 2}, {priority:"
                        + " HIGH, max_connections: 3}]}"))
            .cluster()
            .breakers();

    assertThat(breakers.perHost()).isEqualTo(new CircuitBreakers.PerHost(2, 3));
    assertThat(cluster(STATIC.formatted("")).cluster().breakers().perHost())
        .isEqualTo(CircuitBreakers.PerHost.NONE);
  }

  private static final String AGGREGATE =
      "cluster_type: {name: envoy.clusters.aggregate, typed_config: {\"@type\":"
          + " type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig, clusters:"
          + " [a, b]}}";

  @Test
  void readsOfWhichClustersOneConsists() {
    assertThat(
            cluster("{name: c, lb_policy: CLUSTER_PROVIDED, " + AGGREGATE + "}")
                .cluster()
                .discovery())
        .isEqualTo(new Discovery.Aggregate(List.of("a", "b")));
    assertThat(Yaml.problems(ResourceKind.CLUSTER, "{name: c, " + AGGREGATE + "}"))
        .containsExactly(
            "cluster manager: cluster provided LB not specified but cluster 'c' provided one. Check"
                + " cluster documentation.");
  }

  @Test
  void letsTheServiceChooseTheVersionOfHttp() {
    var auto =
        "typed_extension_protocol_options: {x: {\"@type\":"
            + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions,"
            + " auto_config: {http_protocol_options: {enable_trailers: true},"
            + " http2_protocol_options: {max_concurrent_streams: 7}}}}";

    var cluster =
        cluster(
                STATIC.formatted(
                    auto
                        + ", transport_socket: {name: tls, typed_config: {\"@type\":"
                        + " type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext}}"))
            .cluster();

    assertThat(cluster.http().negotiated()).isTrue();
    assertThat(cluster.http().http1().enableTrailers()).isTrue();
    assertThat(cluster.http().http2().concurrentStreams()).isEqualTo(7);
    assertThat(cluster.tls()).isNotNull();
    assertThat(problems(auto))
        .containsExactly("ALPN configured for cluster c which has a non-ALPN transport socket");
  }
}
