package dev.outrider.proxy.rbac;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import dev.outrider.proxy.attributes.Streams;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.stream.ConnectionAddresses;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.Detected;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.ListenerInfo;
import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RbacReaderTest {
  private static final String ANY = "any: true";

  private static RBAC message(String text) {
    try {
      return TextFormat.parse(text, RBAC.class);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(text, e);
    }
  }

  private static String policy(String name, String permission, String principal) {
    return "policies { key: '%s' value { permissions { %s } principals { %s } } }"
        .formatted(name, permission, principal);
  }

  private static Rbac rbac(String text) {
    var problems = new ArrayList<ConfigProblem>();
    var rbac =
        new RbacReader(new ParseContext("listener 'l'", "typed_config", "rbac"), true, problems)
            .read(message(text), "rules");
    assertThat(problems).isEmpty();
    return rbac;
  }

  /// From 10.0.0.7, behind a PROXY header of 10.9.9.9, believed to be 1.2.3.4, to 10.0.0.9:8080.
  private static StreamInfo stream() {
    var info = new StreamInfo();
    var addresses =
        new ConnectionAddresses(
            new HostPort("10.0.0.9", 8080),
            new HostPort("10.0.0.7", 4000),
            new HostPort("10.9.9.9", 4001));
    var detected = new Detected(Detected.TLS, "a.example", List.of());
    info.reset(new ConnectionInfo(1, addresses, detected, ListenerInfo.NONE, new FilterState()), 1);
    info.remote(new HostPort("1.2.3.4", 1));
    return info;
  }

  private static @Nullable HeaderMap head(String path) {
    return path.isEmpty() ? null : Streams.head(HeadKind.REQUEST, ":path", path, "x-a", "b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "any: true | | true",
        "destination_ip { address_prefix: '10.0.0.0' prefix_len { value: 24 } } | | true",
        "destination_ip { address_prefix: '10.0.1.0' prefix_len { value: 24 } } | | false",
        "destination_ip { address_prefix: '::' prefix_len { value: 0 } } | | false",
        "destination_ip { address_prefix: '::ffff:10.0.0.0' prefix_len { value: 104 } } | | true",
        "destination_ip { address_prefix: '::ffff:10.0.0.0' prefix_len { value: 128 } } | | false",
        "destination_port: 8080 | | true",
        "destination_port: 8081 | | false",
        "destination_port_range { start: 8080 end: 8081 } | | true",
        "destination_port_range { start: 8000 end: 8080 } | | false",
        "requested_server_name { exact: 'a.example' } | | true",
        "requested_server_name { suffix: '.test' } | | false",
        "not_rule { destination_port: 8081 } | | true",
        "and_rules { rules { any: true } rules { destination_port: 1 } } | | false",
        "or_rules { rules { destination_port: 1 } rules { any: true } } | | true",
        "header { name: 'x-a' string_match { exact: 'b' } } | /p | true",
        "header { name: 'x-a' string_match { exact: 'b' } } | | false",
        "header { name: 'x-a' present_match: false } | | true",
        "header { name: 'x-a' string_match { exact: 'c' } invert_match: true } | | false",
        "header { name: 'x-a' string_match { exact: '' } treat_missing_header_as_empty: true } | |"
            + " true",
        "url_path { path { exact: '/p' } } | /p?q#f | true",
        "url_path { path { exact: '/p' } } | /p#f | true",
        "url_path { path { prefix: '' } } | | false",
      })
  void readsPermissions(String permission, @Nullable String path, boolean matches) {
    var rbac = rbac(policy("p", permission, ANY));

    assertThat(rbac.match(stream(), head(path == null ? "" : path)) != null).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "any: true | true",
        "source_ip { address_prefix: '10.0.0.7' prefix_len { value: 32 } } | true",
        "source_ip { address_prefix: '10.9.9.9' prefix_len { value: 32 } } | false",
        "direct_remote_ip { address_prefix: '10.9.9.9' prefix_len { value: 32 } } | true",
        "remote_ip { address_prefix: '1.2.3.4' prefix_len { value: 32 } } | true",
        "remote_ip { address_prefix: '10.0.0.0' prefix_len { value: 8 } } | false",
        "authenticated { } | false",
        "authenticated { principal_name { prefix: '' } } | false",
        "not_id { authenticated { } } | true",
        "and_ids { ids { any: true } ids { authenticated { } } } | false",
        "or_ids { ids { any: true } ids { authenticated { } } } | true",
        "header { name: 'x-a' string_match { exact: 'b' } } | false",
        "url_path { path { exact: '/' } } | false",
      })
  void readsPrincipals(String principal, boolean matches) {
    var rbac = rbac(policy("p", ANY, principal));

    assertThat(rbac.match(stream(), null) != null).isEqualTo(matches);
  }

  @Test
  void theFirstPolicyByNameThatMatchesDecides() {
    var text =
        policy("z", ANY, ANY) + policy("b", ANY, ANY) + policy("a", "destination_port: 1", ANY);
    var allowing = rbac(text);
    var denying = rbac("action: DENY " + text);
    var matched = allowing.match(stream(), null);

    assertThat(matched).isNotNull().extracting(Policy::name).isEqualTo("b");
    assertThat(allowing.allows(matched)).isTrue();
    assertThat(allowing.allows(null)).isFalse();
    assertThat(denying.allows(matched)).isFalse();
    assertThat(denying.allows(null)).isTrue();
  }

  @Test
  void rulesWithoutPoliciesLetNobodyThrough() {
    var rbac = rbac("");

    assertThat(rbac.allows(rbac.match(stream(), null))).isFalse();
  }

  @Test
  void saysWhyInEnvoysWords() {
    var policy = new Policy("no  way", new Rule.Any(), new Rule.Any());

    assertThat(Rbac.details(policy)).isEqualTo("rbac_access_denied_matched_policy[no__way]");
    assertThat(Rbac.details(null)).isEqualTo("rbac_access_denied_matched_policy[none]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "metadata { } | any: true | permissions[0].metadata: is not supported",
        "matcher { } | any: true | permissions[0].matcher: is not supported",
        "uri_template { } | any: true | permissions[0].uri_template: is not supported",
        "sourced_metadata { } | any: true | permissions[0].sourced_metadata: is not supported",
        "not_rule { } | any: true | permissions[0].not_rule: a rule is required",
        "destination_ip { address_prefix: 'x' } | any: true |"
            + " permissions[0].destination_ip.address_prefix: malformed IP address: x",
        "destination_ip { address_prefix: '::ffff:10.0.0.0' prefix_len { value: 95 } } | any: true"
            + " | permissions[0].destination_ip.address_prefix: ::ffff:10.0.0.0 is an IPv4 address"
            + " in IPv6: its prefix_len is 96 to 128, not 95; or write the IPv4 range",
        "requested_server_name { safe_regex { regex: '(' } } | any: true |"
            + " permissions[0].requested_server_name: regex '(': missing closing )",
        "any: true | filter_state { } | principals[0].filter_state: is not supported",
        "any: true | metadata { } | principals[0].metadata: is not supported",
        "any: true | custom { } | principals[0].custom: is not supported",
        "any: true | sourced_metadata { } | principals[0].sourced_metadata: is not supported",
        "any: true | and_ids { ids { } } | principals[0].and_ids.ids[0]: an identifier is required",
      })
  void refusesWhatItCannotTell(String permission, String principal, String problem) {
    assertThat(problems(policy("p", permission, principal)))
        .containsExactly("listener 'l': typed_config.rules.policies['p']." + problem);
  }

  private static List<String> problems(String text) {
    var problems = new ArrayList<ConfigProblem>();
    new RbacReader(new ParseContext("listener 'l'", "typed_config", "rbac"), true, problems)
        .read(message(text), "rules");
    return problems.stream().map(ConfigProblem::text).toList();
  }

  @Test
  void refusesActionsAndConditionsThatItCannotAct() {
    assertThat(
            problems(
                "action: LOG audit_logging_options { } policies { key: 'p' value { condition { }"
                    + " permissions { any: true } principals { any: true } } }"))
        .containsExactly(
            "listener 'l': typed_config.rules.action: is not supported",
            "listener 'l': typed_config.rules.audit_logging_options: is not supported",
            "listener 'l': typed_config.rules.policies['p'].condition: is not supported");
  }
}
