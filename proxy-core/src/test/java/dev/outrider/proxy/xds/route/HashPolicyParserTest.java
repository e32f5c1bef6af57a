package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.HashPolicy;
import dev.outrider.proxy.routing.HashSource;
import dev.outrider.proxy.routing.RegexSubstitution;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HashPolicyParserTest {
  private static String routes(String policies) {
    return """
    name: r
    virtual_hosts:
    - name: h
      domains: ["*"]
      routes: [{match: {prefix: /}, route: {cluster: c, hash_policy: [%s]}}]
    """
        .formatted(policies);
  }

  private static List<HashPolicy> policies(String policies) {
    var table = ((RoutesResource) Yaml.valid(ResourceKind.ROUTES, routes(policies))).table();
    var route = table.virtualHosts().getFirst().routes().getFirst();
    return ((RouteAction.Forward) route.action()).hashPolicies();
  }

  private static List<String> problems(String policies) {
    return Yaml.problems(ResourceKind.ROUTES, routes(policies));
  }

  @Test
  void readsEachSource() {
    assertThat(
            policies(
                """
                {header: {header_name: X-User}, terminal: true},
                {connection_properties: {source_ip: true}},
                {query_parameter: {name: q}},
                {filter_state: {key: envoy.hashable_string}}
                """))
        .containsExactly(
            new HashPolicy(new HashSource.Header(HeaderName.of("x-user"), null), true),
            new HashPolicy(new HashSource.SourceIp(), false),
            new HashPolicy(new HashSource.QueryParameter("q"), false),
            new HashPolicy(new HashSource.FilterStateObject("envoy.hashable_string"), false));
  }

  @Test
  void readsWhatAHeaderBecomesBefore() {
    var header =
        (HashSource.Header)
            policies(
                    "{header: {header_name: a, regex_rewrite: {pattern: {regex: '^(.)'},"
                        + " substitution: '\\1'}}}")
                .getFirst()
                .source();

    assertThat(header.rewrite()).extracting(RegexSubstitution::substitution).isEqualTo("\\1");
  }

  @Test
  void readsACookieAndHowItIsMadeUp() {
    assertThat(
            policies(
                """
                {cookie: {name: c}},
                {cookie: {name: d, ttl: 0s}},
                {cookie: {name: e, ttl: 90.5s, path: /p,
                  attributes: [{name: SameSite, value: None}, {name: Secure}]}}
                """))
        .extracting(HashPolicy::source)
        .containsExactly(
            new HashSource.Cookie("c", null, "", List.of()),
            new HashSource.Cookie("d", Duration.ZERO, "", List.of()),
            new HashSource.Cookie(
                "e",
                Duration.ofSeconds(90),
                "/p",
                List.of(
                    new HashSource.CookieAttribute("SameSite", "None"),
                    new HashSource.CookieAttribute("Secure", ""))));
  }

  @Test
  void whatAsksForNothingIsNoPolicy() {
    assertThat(policies("{connection_properties: {source_ip: false}}")).isEmpty();
  }

  @Test
  void refusesWhatMakesNoSense() {
    var place = "virtual_hosts[0].routes[0].route.hash_policy[0]";
    assertThat(problems("{terminal: true}")).isNotEmpty();
    assertThat(problems("{header: {header_name: 'a b'}}")).isNotEmpty();
    assertThat(
            problems(
                "{header: {header_name: a, regex_rewrite: {pattern: {regex: '('}, substitution:"
                    + " ''}}}"))
        .singleElement()
        .asString()
        .startsWith(place + ".header.regex_rewrite");
    assertThat(problems("{cookie: {name: c, ttl: 1s, path: \"/\\r\\n\"}}"))
        .containsExactly(place + ".cookie: name, path or an attribute may not stand in a header");
  }
}
