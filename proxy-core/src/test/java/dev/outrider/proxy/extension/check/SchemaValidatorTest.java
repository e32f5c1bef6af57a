package dev.outrider.proxy.extension.check;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaValidatorTest {
  private static final Schema SCHEMA = Schema.load();
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("Cluster", "envoy.config.cluster.v3.Cluster"),
          Map.entry("RouteMatch", "envoy.config.route.v3.RouteMatch"),
          Map.entry("Route", "envoy.config.route.v3.Route"),
          Map.entry("RouteAction", "envoy.config.route.v3.RouteAction"),
          Map.entry("VirtualHost", "envoy.config.route.v3.VirtualHost"),
          Map.entry("HeaderValue", "envoy.config.core.v3.HeaderValue"),
          Map.entry("HeaderValueOption", "envoy.config.core.v3.HeaderValueOption"),
          Map.entry("Metadata", "envoy.config.core.v3.Metadata"),
          Map.entry("FilterChainMatch", "envoy.config.listener.v3.FilterChainMatch"),
          Map.entry("HistogramBucketSettings", "envoy.config.metrics.v3.HistogramBucketSettings"),
          Map.entry("Bootstrap", "envoy.config.bootstrap.v3.Bootstrap"),
          Map.entry("Router", "envoy.extensions.filters.http.router.v3.Router"),
          Map.entry(
              "SchemeHeaderTransformation", "envoy.config.core.v3.SchemeHeaderTransformation"),
          Map.entry("HitsAddend", "envoy.config.route.v3.RateLimit.HitsAddend"),
          Map.entry("CookieAttribute", "envoy.type.http.v3.CookieAttribute"),
          Map.entry("TokenBucket", "envoy.type.v3.TokenBucket"),
          Map.entry("HttpStatus", "envoy.type.v3.HttpStatus"),
          Map.entry("QueryParameterMatcher", "envoy.config.route.v3.QueryParameterMatcher"),
          Map.entry("ExtensionConfigSource", "envoy.config.core.v3.ExtensionConfigSource"));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "Cluster | {} | name: value length must be at least 1 characters, found 0",
        "Cluster | {name: a, lb_policy: 77} | lb_policy: value must be one of the defined enum"
            + " values [ROUND_ROBIN, LEAST_REQUEST, RING_HASH, RANDOM, MAGLEV, CLUSTER_PROVIDED,"
            + " LOAD_BALANCING_POLICY_CONFIG], found 77",
        "Cluster | {name: a, connect_timeout: 0s} | connect_timeout: value must be greater than 0s,"
            + " found 0s",
        "Cluster | {name: a, connect_timeout: -1.5s} | connect_timeout: value must be greater than"
            + " 0s, found -1.5s",
        "Cluster | {name: a, dns_refresh_rate: 0.0001s} | dns_refresh_rate: value must be greater"
            + " than 0.001s, found 0.0001s",
        "Cluster | {name: a, load_assignment: {}} | load_assignment.cluster_name: value length must"
            + " be at least 1 characters, found 0",
        "Cluster | {name: a, load_assignment: {cluster_name: a, endpoints: [{priority: 129}]}} |"
            + " load_assignment.endpoints[0].priority: value must be less than or equal to 128,"
            + " found 129",
        "Cluster | {name: a, load_assignment: {cluster_name: a, endpoints: [{load_balancing_weight:"
            + " 0}]}} | load_assignment.endpoints[0].load_balancing_weight: value must be greater"
            + " than or equal to 1, found 0",
        "Cluster | {name: a, load_assignment: {cluster_name: a, policy: {overprovisioning_factor:"
            + " 0}}} | load_assignment.policy.overprovisioning_factor: value must be greater than"
            + " 0, found 0",
        "Cluster | {name: a, preconnect_policy: {per_upstream_preconnect_ratio: 3.5}} |"
            + " preconnect_policy.per_upstream_preconnect_ratio: value must be inside range [1, 3],"
            + " found 3.5",
        "Cluster | {name: a, preconnect_policy: {per_upstream_preconnect_ratio: NaN}} |"
            + " preconnect_policy.per_upstream_preconnect_ratio: value must be inside range [1, 3],"
            + " found NaN",
        "Cluster | {name: a, maglev_lb_config: {table_size: 5000012}} |"
            + " maglev_lb_config.table_size: value must be less than or equal to 5000011, found"
            + " 5000012",
        "Route | {match: {prefix: /}} | action: field is required: one of route, redirect,"
            + " direct_response, filter_action, non_forwarding_action",
        "Route | {direct_response: {status: 200}} | match: value is required",
        "Route | {match: {prefix: /}, direct_response: {status: 99}} | direct_response.status:"
            + " value must be inside range [200, 600), found 99",
        "RouteMatch | {path_separated_prefix: /a?b} | path_separated_prefix: value does not match"
            + " regex pattern \"^[^?#]+[^?#/]$\", found '/a?b'",
        "RouteMatch | {prefix: /, headers: [{name: \"a\\0b\"}]} | headers[0].name: value must be"
            + " free of NUL, CR and LF, found 'a\\u0000b'",
        "VirtualHost | {name: a} | domains: value must contain at least 1 item(s), found 0",
        "VirtualHost | {name: a, domains: ['*'], request_headers_to_remove: ['']} |"
            + " request_headers_to_remove[0]: value length must be at least 1 characters, found 0",
        "HeaderValue | {key: a, value: \"x\\n"
            + "y\"} | value: value must be free of NUL, CR and LF, found 'x\\u000ay'",
        "Metadata | {typed_filter_metadata: {'': {}}} | typed_filter_metadata['']: value length"
            + " must be at least 1 characters, found 0",
        "FilterChainMatch | {source_ports: [1, 65536]} | source_ports[1]: value must be inside"
            + " range [1, 65535], found 65536",
        "HistogramBucketSettings | {match: {exact: a}, buckets: [1, 2, 1]} | buckets[2]: repeated"
            + " value must contain unique items",
        "HistogramBucketSettings | {match: {exact: a}, buckets: [0]} | buckets[0]: value must be"
            + " greater than 0, found 0",
        "Bootstrap | {stats_flush_on_admin: false} | stats_flush_on_admin: value must equal true",
        "Bootstrap | {stats_flush_interval: 300s} | stats_flush_interval: value must be inside"
            + " range [0.001s, 300s), found 300s",
        "Router | {strict_check_headers: [x-foo]} | strict_check_headers[0]: value must be in list"
            + " [x-envoy-upstream-rq-timeout-ms, x-envoy-upstream-rq-per-try-timeout-ms,"
            + " x-envoy-max-retries, x-envoy-retry-grpc-on, x-envoy-retry-on], found 'x-foo'",
        "SchemeHeaderTransformation | {scheme_to_overwrite: ftp} | scheme_to_overwrite: value must"
            + " be in list [http, https], found 'ftp'",
        "TokenBucket | {max_tokens: 1} | fill_interval: value is required",
        "HttpStatus | {} | code: value must not be in list [0]",
        "ExtensionConfigSource | {config_source: {ads: {}}} | type_urls: value must contain at"
            + " least 1 item(s), found 0",
      })
  void saysWhichRuleIsBrokenAndByWhat(String type, String yaml, String problem) {
    assertThat(problems(type, yaml)).contains("here: " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Cluster | {name: a, connect_timeout: 0.000000001s, lb_policy: 0, load_assignment:"
            + " {cluster_name: a, endpoints: [{priority: 128, load_balancing_weight:"
            + " 4294967295}]}}",
        "Route | {match: {path_separated_prefix: /a/b}, direct_response: {status: 599}}",
        "RouteMatch | {prefix: ''}",
        "HitsAddend | {}",
        "HitsAddend | {format: '%X%'}",
        "FilterChainMatch | {source_ports: [1, 65535]}",
        "HistogramBucketSettings | {match: {exact: a}, buckets: [1, 2]}",
        "Bootstrap | {stats_flush_on_admin: true, stats_flush_interval: 0.001s}",
        "Metadata | {filter_metadata: {a: {b: 1}}}",
      })
  void acceptsWhatKeepsTheRules(String type, String yaml) {
    assertThat(problems(type, yaml)).isEmpty();
  }

  @Test
  void looksIntoTypedConfigurations() {
    var yaml =
        """
        name: a
        transport_socket:
          name: tls
          typed_config:
            "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
            load_assignment: {}
        """;

    assertThat(problems("Cluster", yaml))
        .containsExactly(
            "here: transport_socket.typed_config.load_assignment.cluster_name: value length must be"
                + " at least 1 characters, found 0",
            "here: transport_socket.typed_config.name: value length must be at least 1 characters,"
                + " found 0");
  }

  @Test
  void leavesTypesThatItDoesNotKnowToOthers() {
    var socket =
        TransportSocket.newBuilder()
            .setName("x")
            .setTypedConfig(
                Any.newBuilder()
                    .setTypeUrl("type.googleapis.com/no.Such")
                    .setValue(ByteString.copyFromUtf8("*")));
    var wire = Cluster.newBuilder().setName("a").setTransportSocket(socket).build().toByteArray();

    assertThat(
            new SchemaValidator(SCHEMA).validate("envoy.config.cluster.v3.Cluster", wire, "here"))
        .isEmpty();
  }

  @Test
  void namesEveryBrokenRule() {
    assertThat(problems("Cluster", "{connect_timeout: 0s, lb_policy: 9, load_assignment: {}}"))
        .hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 9})
  void refusesBytesThatAreNoMessage(int length) {
    var whole =
        Cluster.newBuilder()
            .setName("a")
            .setConnectTimeout(Duration.newBuilder().setSeconds(300))
            .build()
            .toByteArray();
    var cut = Arrays.copyOf(whole, length);

    var problems =
        new SchemaValidator(SCHEMA).validate("envoy.config.cluster.v3.Cluster", cut, "here");

    assertThat(problems).as("%d of %d bytes", length, whole.length).isNotEmpty();
  }

  @Test
  void doesNotFollowTypedConfigurationsWithoutEnd() {
    var nested = Any.getDefaultInstance();
    for (int i = 0; i < 5_000; i++) {
      nested = Any.pack(FilterConfig.newBuilder().setConfig(nested).build());
    }
    var wire = FilterConfig.newBuilder().setConfig(nested).build().toByteArray();

    var problems =
        new SchemaValidator(SCHEMA).validate("envoy.config.route.v3.FilterConfig", wire, "here");

    assertThat(problems)
        .singleElement()
        .extracting(ConfigProblem::message)
        .isEqualTo("nested more than 200 messages deep");
  }

  private static List<String> problems(String type, String yaml) {
    var name = requireNonNull(TYPES.get(type), type);
    return switch (new ConfigReader(SCHEMA).read(ConfigText.yaml("t", yaml), name)) {
      case Parsed.Valid<byte[]>(var wire) ->
          new SchemaValidator(SCHEMA)
              .validate(name, wire, "here").stream().map(ConfigProblem::text).toList();
      case Parsed.Invalid<byte[]>(var problems) -> throw new AssertionError(problems);
    };
  }
}
