package dev.outrider.proxy.extension.text;

import static dev.outrider.proxy.extension.text.ReaderHarness.problems;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderErrorsTest {

  @Test
  void reportsEveryProblemInTheOrderOfTheText() {
    var problems =
        problems(
            """
            name: 123
            lb_polcy: RANDOM
            load_assignment:
              endpoints:
              - priority: -1
              - {}
              - lb_endpoints: x
            connect_timeout: 5
            """);

    assertThat(problems)
        .containsExactly(
            "c.yaml:1:7: name: expected a string (in quotes), found 123",
            "c.yaml:2:1: no such field: 'lb_polcy' in envoy.config.cluster.v3.Cluster; did you mean"
                + " 'lb_policy'?",
            "c.yaml:5:15: load_assignment.endpoints[0].priority: expected an integer from 0 to"
                + " 4294967295, found -1",
            "c.yaml:7:19: load_assignment.endpoints[2].lb_endpoints: expected a list, found 'x'",
            "c.yaml:8:18: connect_timeout: expected a duration in seconds such as \"0.25s\", found"
                + " 5");
  }

  @Test
  void doesNotPrintWhatMayBeASecret() {
    var problems =
        problems(
            """
            connect_timeout: shown
            transport_socket:
              name: tls
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                common_tls_context:
                  tls_certificates:
                  - private_key: {inline_string: 123456}
                    certificate_chain: MIIEvQIBADAN
                    password: {inline_bytes: "hunter2!"}
            lb_policy: SHOWN_TOO
            """);

    assertThat(problems).hasSize(5);
    assertThat(String.join(" ", problems))
        .contains("inline_string: expected a string (in quotes)")
        .contains("found 'shown'", "found 'SHOWN_TOO'")
        .doesNotContain("123456", "MIIE", "hunter2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name: yes | name: expected a string (in quotes), found true",
        "name: [a] | name: expected a string, found a list",
        "lb_policy: NOPE | lb_policy: expected one of ROUND_ROBIN, LEAST_REQUEST, RING_HASH,"
            + " RANDOM, MAGLEV, CLUSTER_PROVIDED, LOAD_BALANCING_POLICY_CONFIG, found 'NOPE'",
        "lb_policy: off | lb_policy: expected one of ROUND_ROBIN, LEAST_REQUEST, RING_HASH, RANDOM,"
            + " MAGLEV, CLUSTER_PROVIDED, LOAD_BALANCING_POLICY_CONFIG, found false",
        "respect_dns_ttl: 'true' | respect_dns_ttl: expected true or false, found 'true'",
        "respect_dns_ttl: 1 | respect_dns_ttl: expected true or false, found 1",
        "max_requests_per_connection: 1.5 | max_requests_per_connection: expected an integer from 0"
            + " to 4294967295, found '1.5'",
        "max_requests_per_connection: 4294967296 | max_requests_per_connection: expected an integer"
            + " from 0 to 4294967295, found '4294967296'",
        "max_requests_per_connection: 1e99999 | max_requests_per_connection: expected an integer"
            + " from 0 to 4294967295, found '1e99999'",
        "ring_hash_lb_config: {minimum_ring_size: 18446744073709551616} |"
            + " ring_hash_lb_config.minimum_ring_size: expected an integer from 0 to"
            + " 18446744073709551615, found '18446744073709551616'",
        "connect_timeout: 1.0000000001s | connect_timeout: expected a duration in seconds such as"
            + " \"0.25s\", found '1.0000000001s'",
        "connect_timeout: 315576000001s | connect_timeout: expected a duration in seconds such as"
            + " \"0.25s\", found '315576000001s'",
        "preconnect_policy: {per_upstream_preconnect_ratio: much} |"
            + " preconnect_policy.per_upstream_preconnect_ratio: expected a number, found 'much'",
        "load_assignment: 3 | load_assignment: expected a mapping with the fields of"
            + " envoy.config.endpoint.v3.ClusterLoadAssignment, found 3",
        "load_assignment: {named_endpoints: []} | load_assignment.named_endpoints: expected a"
            + " mapping, found a list",
        "load_assignment: {named_endpoints: {a: ~}} | load_assignment.named_endpoints['a']:"
            + " expected a value, found null",
        "load_assignment: {endpoints: [~]} | load_assignment.endpoints[0]: expected a list item,"
            + " found null",
        "metadata: {filter_metadata: {a: [1]}} | metadata.filter_metadata['a']: expected a mapping,"
            + " found a list",
        "transport_socket: {typed_config: 5} | transport_socket.typed_config: expected a mapping"
            + " with '@type', found 5",
        "transport_socket: {typed_config: {a: 5}} | transport_socket.typed_config: expected '@type'"
            + " with the type URL of the message",
        "transport_socket: {typed_config: {'@type': type.googleapis.com/no.Such}} |"
            + " transport_socket.typed_config: could not find @type 'type.googleapis.com/no.Such'",
        "transport_socket: {typed_config: {'@type': envoy.config.cluster.v3.Cluster}} |"
            + " transport_socket.typed_config: could not find @type"
            + " 'envoy.config.cluster.v3.Cluster'",
        "transport_socket: {typed_config: {'@type': type.googleapis.com/google.protobuf.Struct, v:"
            + " 1}} | transport_socket.typed_config: no such field: 'v'; a google.protobuf.Struct"
            + " stands under 'value'",
        "{type: STATIC, cluster_type: {name: x}} | 'cluster_type' is already set by 'type'",
        "{lb_policy: RANDOM, lbPolicy: RANDOM} | 'lbPolicy' is already set by 'lb_policy'",
      })
  void saysWhatWasExpectedAndWhatWasFound(String yaml, String message) {
    assertThat(problems(yaml))
        .singleElement()
        .asString()
        .matches("c\\.yaml:1:\\d+: \\Q" + message + "\\E");
  }

  @Test
  void refusesBytesThatAreNotBase64AndTimesThatAreNone() {
    assertThat(problems("health_checks: [{tcp_health_check: {send: {binary: '*'}}}]"))
        .containsExactly(
            "c.yaml:1:52: health_checks[0].tcp_health_check.send.binary: expected base64, found"
                + " '*'");
    assertThat(
            problems(
                "transport_socket: {typed_config: {'@type':"
                    + " type.googleapis.com/google.protobuf.Timestamp, value: noon}}"))
        .containsExactly(
            "c.yaml:1:98: transport_socket.typed_config.value: expected a time such as"
                + " \"2026-01-31T12:00:00Z\", found 'noon'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "~", "[]", "text", "5"})
  void refusesATextThatIsNotAMapping(String yaml) {
    assertThat(problems(yaml))
        .singleElement()
        .asString()
        .contains("expected a mapping with the fields of envoy.config.cluster.v3.Cluster, found ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: a | c.yaml:1:9: not valid YAML: while parsing a flow mapping, expected ',' or '}'",
        "name: *a | c.yaml:1:7: alias *a has no complete anchor before it",
        "name: &a [*a] | c.yaml:1:11: alias *a has no complete anchor before it",
        "'<<: 5' | c.yaml:1:5: expected a mapping or a list of mappings to merge, found 5",
        "{[a]: b} | c.yaml:1:2: expected a plain key"
      })
  void saysWhereTheYamlBreaks(String yaml, String problem) {
    var text = yaml.startsWith("'") ? yaml.substring(1, yaml.length() - 1) : yaml;

    assertThat(problems(text)).singleElement().asString().startsWith(problem);
  }

  @Test
  void refusesASecondDocument() {
    assertThat(problems("name: a\n---\nname: b\n"))
        .containsExactly("c.yaml:3:1: more than one YAML document");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "{\"name\": \"a\" | c.json:1:13: not valid JSON: expected ',' or '}', found the end of the"
            + " text",
        "{\"name\" \"a\"} | c.json:1:9: not valid JSON: expected ':', found '\"'",
        "{name: 1} | c.json:1:2: not valid JSON: expected '\"', found 'n'",
        "{\"name\": nope} | c.json:1:10: not valid JSON: expected a value, found 'n'",
        "{\"name\": } | c.json:1:10: not valid JSON: expected a value, found '}'",
        "{\"name\": -x} | c.json:1:11: not valid JSON: expected a digit, found 'x'",
        "{\"name\": \"a | c.json:1:12: not valid JSON: expected a closing '\"', found the end of"
            + " the text",
        "{\"name\": \"\\x\"} | c.json:1:12: not valid JSON: expected an escape sequence, found 'x'",
        "{\"name\": \"\\u12\"} | c.json:1:15: not valid JSON: expected four hexadecimal digits,"
            + " found '\"'",
        "{} {} | c.json:1:4: not valid JSON: expected the end of the text, found '{'",
        "{\"name\": \"a\", \"name\": \"b\"} | c.json:1:15: 'name' is already set by 'name'",
        "{\"name\": \"\\ud800\"} | c.json:1:10: name: expected Unicode text, found half a surrogate"
            + " pair"
      })
  void saysWhereTheJsonBreaks(String json, String problem) {
    var text = new ConfigText("c.json", json, ConfigText.Syntax.JSON);

    assertThat(problems(text, ReaderLimits.DEFAULT)).containsExactly(problem);
  }

  @Test
  void refusesWhatCostsTooMuch() {
    var limits = new ReaderLimits(200, 5, 3, 10);

    assertThat(problems(ConfigText.yaml("c", "name: " + "a".repeat(200)), limits))
        .containsExactly("c: longer than 200 characters");
    assertThat(problems(ConfigText.yaml("c", "metadata: {a: {b: {c: {d: {e: f}}}}}"), limits))
        .containsExactly("c:1:31: nested more than 5 deep");
    assertThat(problems(new ConfigText("c", "[[[[[[[]]]]]]]", ConfigText.Syntax.JSON), limits))
        .containsExactly("c:1:7: nested more than 5 deep");
    assertThat(
            problems(
                ConfigText.yaml("c", "{name: &a x, alt_stat_name: *a, b: *a, c: *a, d: *a}"),
                limits))
        .containsExactly("c:1:50: more than 3 aliases");
    assertThat(
            problems(
                ConfigText.yaml("c", "load_assignment: {endpoints: [" + "{},".repeat(12) + "]}"),
                limits))
        .singleElement()
        .asString()
        .endsWith("more than 10 values");
  }

  @Test
  void acceptsAStructNestedAsDeepAsProtobufReads() throws Exception {
    var nested = "{a: ".repeat(31) + "1" + "}".repeat(31);

    var cluster = ReaderHarness.cluster("metadata: {filter_metadata: {x: " + nested + "}}");

    assertThat(cluster.getMetadata().getFilterMetadataOrThrow("x").getFieldsCount()).isEqualTo(1);
  }

  @Test
  void refusesAStructNestedDeeperThanProtobufReads() {
    var nested = "{a: ".repeat(40) + "1" + "}".repeat(40);

    assertThat(problems("metadata: {filter_metadata: {x: " + nested + "}}"))
        .isNotEmpty()
        .allSatisfy(problem -> assertThat(problem).endsWith("nested more than 100 messages deep"));
  }
}
