package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.AutoSni;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.CircuitBreakers.RetryBudget;
import dev.outrider.proxy.cluster.CircuitBreakers.Thresholds;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.cluster.UpstreamHttpOptions.Limits;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.xds.Resource.ClusterResource;
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
                        "circuit_breakers: {thresholds: [{retry_budget: {budget_percent: {value: 2.5}}},"
                            + " {priority: HIGH, retry_budget: {min_retry_concurrency: 7}}]}"))
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
                """)
            .cluster();

    assertThat(cluster.statName()).isEqualTo("other");
    assertThat(cluster.connections().connectTimeout()).isEqualTo(Duration.ofMillis(250));
    assertThat(cluster.connections().bufferLimitBytes()).isEqualTo(4096);
    assertThat(cluster.loadBalancing().healthyPanicPercent()).isEqualTo(30);
    assertThat(cluster.metadata()).isEqualTo(Yaml.metadata("a"));
    assertThat(cluster.breakers().normal()).isEqualTo(new Thresholds(1, 2, 3, 4));
    assertThat(cluster.breakers().high()).isEqualTo(new Thresholds(5, 1024, 1024, 3));
    assertThat(cluster.http().limits()).isEqualTo(new Limits(8, Duration.ofSeconds(7), 9, 10_240));
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
        "filters: [{name: x}] | filters: is not supported",
        "transport_socket: {name: tls} | transport_socket: Didn't find a registered implementation"
            + " for 'tls' with type URL: ''",
        "transport_socket_matches: [{name: x}] | transport_socket_matches: is not supported",
        "upstream_bind_config: {} | upstream_bind_config: is not supported",
        "connection_pool_per_downstream_connection: true |"
            + " connection_pool_per_downstream_connection: is not supported",
        "eds_cluster_config: {eds_config: {ads: {}}} | eds_cluster_config: Cannot set EDS cluster"
            + " config in a non-EDS cluster",
        "load_balancing_policy: {} | load_balancing_policy: cluster: didn't find a registered load"
            + " balancer factory implementation for cluster: 'c' with names from []",
      })
  void refusesWhatItWouldHaveToIgnore(String fields, String problem) {
    assertThat(problems(fields)).contains(problem);
  }

  @ParameterizedTest
  @CsvSource({"STRICT_DNS", "LOGICAL_DNS", "ORIGINAL_DST"})
  void refusesTypesOfDiscoveryThatItDoesNotHave(String type) {
    assertThat(Yaml.problems(ResourceKind.CLUSTER, "{name: c, type: %s}".formatted(type)))
        .contains("type: only STATIC and EDS are supported");
  }

  @Test
  void refusesAClusterTypeOfAnExtension() {
    assertThat(Yaml.problems(ResourceKind.CLUSTER, "{name: c, cluster_type: {name: x}}"))
        .containsExactly("cluster_type: is not supported");
  }

  @Test
  void refusesAnEdsClusterThatIsNotFedByTheStream() {
    assertThat(
            Yaml.problems(
                ResourceKind.CLUSTER,
                "{name: c, type: EDS, eds_cluster_config: {eds_config: {path_config_source: {path:"
                    + " /x}}}}"))
        .containsExactly("eds_cluster_config.eds_config: only 'ads' is supported as a source");
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
                "typed_extension_protocol_options: {x: {%s, auto_config: {}}}".formatted(type)))
        .contains(place + ".auto_config: is not supported");
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
                    + " LOAD_BALANCING_POLICY_CONFIG, upstream_bind_config: {}}"))
        .hasSize(3)
        .anySatisfy(
            text ->
                assertThat(text)
                    .startsWith("connect_timeout: ")
                    .contains("value must be greater than 0s"))
        .contains(
            "lb_policy: cluster: field load_balancing_policy need to be set",
            "upstream_bind_config: is not supported");
  }
}
