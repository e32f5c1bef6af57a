package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.ClusterChoice.WeightedCluster;
import dev.outrider.proxy.routing.HeaderMatcher;
import dev.outrider.proxy.routing.HostRewrite;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.RegexSubstitution;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.RouteTimeouts;
import dev.outrider.proxy.routing.TargetRewrite;
import dev.outrider.proxy.routing.UpgradeRules;
import dev.outrider.proxy.routing.ValueMatcher;
import dev.outrider.proxy.routing.VirtualHost.TlsRequirement;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteParserTest {
  private static final String PREFIX = "virtual_hosts[0].routes[0].";

  private static RouteTable table(String yaml) {
    return ((RoutesResource) Yaml.valid(ResourceKind.ROUTES, yaml)).table();
  }

  private static String one(String route) {
    return "{name: r, virtual_hosts: [{name: h, domains: ['*'], routes: [{%s}]}]}".formatted(route);
  }

  private static Route route(String fields) {
    return table(one(fields)).virtualHosts().getFirst().routes().getFirst();
  }

  private static PathMatcher path(String match) {
    return route("match: {%s}, route: {cluster: c}".formatted(match)).matcher().path();
  }

  private static HeaderMatcher header(String fields) {
    return route(
            "match: {prefix: /, headers: [{name: X-H, %s}]}, route: {cluster: c}".formatted(fields))
        .matcher()
        .headers()
        .getFirst();
  }

  private static RouteAction.Forward forward(String fields) {
    return (RouteAction.Forward)
        route("match: {prefix: /}, route: {%s}".formatted(fields)).action();
  }

  private static List<String> problems(String route) {
    return Yaml.problems(ResourceKind.ROUTES, one(route));
  }

  @Test
  void readsVirtualHostsAndTheirDomains() {
    var table =
        table(
            """
            name: r
            ignore_port_in_host_matching: true
            ignore_path_parameters_in_path_matching: true
            virtual_hosts:
            - {name: a, domains: [A.example, "*.b.example"], routes: [{name: first, match: {prefix: /}, route: {cluster: c}}]}
            - {name: b, domains: ["*"]}
            """);

    assertThat(table.name()).isEqualTo("r");
    assertThat(table.ignorePort()).isTrue();
    assertThat(table.ignoreParameters()).isTrue();
    assertThat(table.virtualHosts()).hasSize(2);
    assertThat(table.virtualHosts().getFirst().name()).isEqualTo("a");
    assertThat(table.virtualHosts().getFirst().domains())
        .containsExactly("a.example", "*.b.example");
    assertThat(table.virtualHosts().getFirst().routes().getFirst().name()).isEqualTo("first");
  }

  @Test
  void keepsWhatIsSaidAboutVirtualHostsAndRoutes() {
    var host =
        table(
                """
                name: r
                virtual_hosts:
                - name: a
                  domains: ["*"]
                  metadata: {filter_metadata: {x: {}}}
                  routes:
                  - {match: {prefix: /}, route: {cluster: c}, metadata: {filter_metadata: {y: {}}}}
                """)
            .virtualHosts()
            .getFirst();

    assertThat(host.metadata()).isEqualTo(Yaml.metadata("x"));
    assertThat(host.routes().getFirst().metadata()).isEqualTo(Yaml.metadata("y"));
  }

  @Test
  void readsEveryWayToMatchAPath() {
    assertThat(path("prefix: /a")).isEqualTo(new PathMatcher.Prefix("/a", true));
    assertThat(path("path: /a, case_sensitive: false"))
        .isEqualTo(new PathMatcher.Exact("/a", false));
    assertThat(path("path_separated_prefix: /a"))
        .isEqualTo(new PathMatcher.SeparatedPrefix("/a", true));
    assertThat(path("safe_regex: {regex: '/a+'}")).isEqualTo(new PathMatcher.Regex("/a+"));
  }

  @Test
  void readsARouteForConnectAndItsUpgrades() {
    assertThat(path("connect_matcher: {}")).isEqualTo(new PathMatcher.Connect());
    assertThat(
            forward(
                    "cluster: c, upgrade_configs: [{upgrade_type: CONNECT}, {upgrade_type: x,"
                        + " enabled: false}]")
                .upgrades())
        .isEqualTo(new UpgradeRules(Map.of("connect", true, "x", false), false));
  }

  @Test
  void readsEveryWayToMatchAHeader() {
    assertThat(header("string_match: {exact: v, ignore_case: true}"))
        .isEqualTo(new HeaderMatcher(HeaderName.of("x-h"), new ValueMatcher.Exact("v", true)));
    assertThat(header("string_match: {prefix: v}").value())
        .isEqualTo(new ValueMatcher.Prefix("v", false));
    assertThat(header("string_match: {suffix: v}").value())
        .isEqualTo(new ValueMatcher.Suffix("v", false));
    assertThat(header("string_match: {contains: v}").value())
        .isEqualTo(new ValueMatcher.Contains("v", false));
    assertThat(header("string_match: {safe_regex: {regex: 'v.'}}").value())
        .isEqualTo(new ValueMatcher.Regex("v."));
    assertThat(header("range_match: {start: 1, end: 9}").value())
        .isEqualTo(new ValueMatcher.Range(1, 9));
    assertThat(header("present_match: false").value()).isEqualTo(new ValueMatcher.Presence(false));
    assertThat(header("invert_match: true").invert()).isTrue();
    assertThat(header("treat_missing_header_as_empty: true").treatMissingAsEmpty()).isTrue();
  }

  @Test
  void readsTheDeprecatedHeaderMatches() {
    assertThat(header("exact_match: v").value()).isEqualTo(new ValueMatcher.Exact("v", false));
    assertThat(header("prefix_match: v").value()).isEqualTo(new ValueMatcher.Prefix("v", false));
    assertThat(header("suffix_match: v").value()).isEqualTo(new ValueMatcher.Suffix("v", false));
    assertThat(header("contains_match: v").value())
        .isEqualTo(new ValueMatcher.Contains("v", false));
    assertThat(header("safe_regex_match: {regex: 'v.'}").value())
        .isEqualTo(new ValueMatcher.Regex("v."));
  }

  @Test
  void readsWhereARouteForwardsTo() {
    assertThat(forward("cluster: c").cluster()).isEqualTo(new ClusterChoice.Single("c"));
    assertThat(forward("cluster_header: X-To").cluster())
        .isEqualTo(new ClusterChoice.FromHeader(HeaderName.of("x-to")));
    assertThat(
            forward("weighted_clusters: {clusters: [{name: a, weight: 1}, {name: b, weight: 99}]}")
                .cluster())
        .isEqualTo(
            new ClusterChoice.Weighted(
                List.of(new WeightedCluster("a", 1), new WeightedCluster("b", 99))));
  }

  @Test
  void readsHowARouteForwards() {
    assertThat(forward("cluster: c")).isEqualTo(RouteAction.Forward.to("c"));
    assertThat(
            forward(
                "cluster: c, timeout: 0s, idle_timeout: 2s, cluster_not_found_response_code:"
                    + " NOT_FOUND, prefix_rewrite: /p, host_rewrite_literal: h,"
                    + " append_x_forwarded_host: true, priority: HIGH"))
        .isEqualTo(
            RouteAction.Forward.builder(new ClusterChoice.Single("c"))
                .timeouts(new RouteTimeouts(Duration.ZERO, Duration.ofSeconds(2)))
                .clusterNotFoundCode(404)
                .rewrite(
                    new TargetRewrite(
                        new PathRewrite.Prefix("/p"), new HostRewrite.Literal("h"), true))
                .priority(Priority.HIGH)
                .build());
  }

  @Test
  void readsWhatBecomesOfPathAndHost() {
    assertThat(
            forward("cluster: c, regex_rewrite: {pattern: {regex: '/(a)'}, substitution: '\\1'}"))
        .extracting(forward -> forward.rewrite().path())
        .isEqualTo(new PathRewrite.Regex(RegexSubstitution.of("/(a)", "\\1")));
    assertThat(forward("cluster: c, auto_host_rewrite: true").rewrite().host())
        .isEqualTo(new HostRewrite.OfEndpoint());
    assertThat(forward("cluster: c, auto_host_rewrite: false").rewrite().host()).isNull();
    assertThat(forward("cluster: c, host_rewrite_header: X-To").rewrite().host())
        .isEqualTo(new HostRewrite.OfHeader(HeaderName.of("x-to")));
    assertThat(
            forward(
                    "cluster: c, host_rewrite_path_regex: {pattern: {regex: '^/(.+)/.+$'},"
                        + " substitution: '\\1'}")
                .rewrite()
                .host())
        .isEqualTo(new HostRewrite.OfPath(RegexSubstitution.of("^/(.+)/.+$", "\\1")));
  }

  @Test
  void refusesSubstitutionsThatMakeNoSense() {
    assertThat(
            problems(
                "match: {prefix: /}, route: {cluster: c, prefix_rewrite: /x, regex_rewrite:"
                    + " {pattern: {regex: '/(a'}, substitution: b}}"))
        .containsExactly(
            PREFIX
                + "route: Specify only one of prefix_rewrite, regex_rewrite or"
                + " path_rewrite_policy",
            PREFIX + "route.regex_rewrite: regex '/(a': missing closing )");
    assertThat(
            problems(
                "match: {prefix: /}, route: {cluster: c, regex_rewrite:"
                    + " {pattern: {regex: '/a'}, substitution: '\\1'}}"))
        .containsExactly(
            PREFIX + "route.regex_rewrite: substitution '\\1': \\1, but the regex has 0 groups");
  }

  @Test
  void readsARedirect() {
    assertThat(route("match: {prefix: /}, redirect: {https_redirect: true}").action())
        .isEqualTo(new RouteAction.Redirect(301, "https", "", 0, "", null, false));
    assertThat(
            route(
                    "match: {prefix: /a}, redirect: {scheme_redirect: ws, host_redirect: h,"
                        + " port_redirect: 81, prefix_rewrite: /b, response_code:"
                        + " TEMPORARY_REDIRECT, strip_query: true}")
                .action())
        .isEqualTo(
            new RouteAction.Redirect(307, "ws", "h", 81, "", new PathRewrite.Prefix("/b"), true));
    assertThat(
            problems(
                "match: {prefix: /}, redirect: {port_redirect: 65536, host_redirect: \"a\\x01\"}"))
        .containsExactly(
            PREFIX + "redirect.port_redirect: value must be less than or equal to 65535",
            PREFIX + "redirect.host_redirect: 'a\\u0001' may not stand in a location");
  }

  @Test
  void readsWhereToThePathIsRedirected() {
    assertThat(route("match: {prefix: /}, redirect: {path_redirect: /x}").action())
        .isEqualTo(new RouteAction.Redirect(301, "", "", 0, "/x", null, false));
    assertThat(
            route(
                    "match: {prefix: /}, redirect: {regex_rewrite: {pattern: {regex: a},"
                        + " substitution: b}}")
                .action())
        .isEqualTo(
            new RouteAction.Redirect(
                301, "", "", 0, "", new PathRewrite.Regex(RegexSubstitution.of("a", "b")), false));
  }

  @Test
  void readsWhoHasToComeOverTls() {
    var table =
        table("{name: r, virtual_hosts: [{name: h, domains: ['*'], require_tls: EXTERNAL_ONLY}]}");
    assertThat(table.virtualHosts().getFirst().requiredTls())
        .isEqualTo(TlsRequirement.EXTERNAL_ONLY);
  }

  @Test
  void readsADirectResponse() {
    assertThat(
            route(
                    "match: {prefix: /}, direct_response: {status: 418, body: {inline_string:"
                        + " teapot}}")
                .action())
        .isEqualTo(new RouteAction.DirectResponse(418, "teapot"));
    assertThat(
            route("match: {prefix: /}, direct_response: {status: 200, body: {inline_bytes: aGk=}}")
                .action())
        .isEqualTo(new RouteAction.DirectResponse(200, "hi"));
  }

  @Test
  void refusesDomainsThatAppearTwice() {
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                "{name: rc, virtual_hosts: [{name: a, domains: ['*']}, {name: b, domains:"
                    + " ['*']}]}"))
        .containsExactly("Only a single wildcard domain is permitted in route rc");
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                "{name: rc, virtual_hosts: [{name: a, domains: [x.y]}, {name: b, domains:"
                    + " [x.y]}]}"))
        .containsExactly(
            "Only unique values for domains are permitted. Duplicate entry of domain x.y in route"
                + " rc");
  }

  @Test
  void refusesPathsThatItCannotMatch() {
    assertThat(
            problems(
                "match: {connect_matcher: {}}, route: {cluster: c, upgrade_configs:"
                    + " [{upgrade_type: CONNECT, connect_config:"
                    + " {allow_post: true, proxy_protocol_config: {}}}]}"))
        .contains(
            PREFIX + "route.upgrade_configs[0].connect_config.allow_post: is not supported",
            PREFIX
                + "route.upgrade_configs[0].connect_config.proxy_protocol_config: is not"
                + " supported");
    assertThat(
            problems(
                "match: {prefix: /}, route: {cluster: c, upgrade_configs:"
                    + " [{upgrade_type: websocket, connect_config: {}}]}"))
        .contains(
            PREFIX
                + "route.upgrade_configs[0]: Non-CONNECT upgrade type websocket has ConnectConfig");
    assertThat(problems("match: {}, route: {cluster: c}"))
        .anySatisfy(text -> assertThat(text).startsWith(PREFIX + "match"));
    assertThat(
            problems(
                "match: {prefix: /, headers: [{name: h, string_match: {custom: {name: x}}}]},"
                    + " route: {cluster: c}"))
        .contains(PREFIX + "match.headers[0].string_match.custom: is not supported");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rate_limits: [{actions: [{remote_address: {}}]}] | rate_limits",
      })
  void refusesForwardingThatItWouldDoWrong(String fields, String field) {
    assertThat(problems("match: {prefix: /}, route: {cluster: c, %s}".formatted(fields)))
        .contains(PREFIX + "route." + field + ": is not supported");
  }

  @Test
  void refusesActionsThatItDoesNotHave() {
    assertThat(problems("match: {prefix: /}, filter_action: {}"))
        .contains(PREFIX + "filter_action: is not supported");
  }

  @Test
  void hasNoClusterForARouteThatForwardsNothing() {
    assertThat(route("match: {prefix: /}, non_forwarding_action: {}").action())
        .isEqualTo(RouteAction.Forward.to(""));
  }

  @Test
  void refusesChoicesOfClustersThatItDoesNotHave() {
    assertThat(problems("match: {prefix: /}, route: {cluster_specifier_plugin: x}"))
        .contains(PREFIX + "route.cluster_specifier_plugin: is not supported");
    assertThat(
            problems(
                "match: {prefix: /}, route: {inline_cluster_specifier_plugin: {extension: {name:"
                    + " x}}}"))
        .contains(PREFIX + "route.inline_cluster_specifier_plugin: is not supported");
  }

  private static String switches(String filters) {
    var text = new StringBuilder("typed_per_filter_config: {");
    for (var filter : filters.split(" ", -1)) {
      text.append(filter, 1, filter.length())
          .append(": {'@type': type.googleapis.com/envoy.config.route.v3.FilterConfig, ")
          .append(filter.startsWith("-") ? "disabled: true" : "config: {}")
          .append("}, ");
    }
    return text.append("}").toString();
  }

  @Test
  void refusesRewritesThatDoNotFit() {
    assertThat(
            problems(
                "match: {prefix: /}, route: {cluster: c, prefix_rewrite: '/a b',"
                    + " host_rewrite_literal: 'a b'}"))
        .contains(
            PREFIX + "route.prefix_rewrite: '/a b' may not stand in a path",
            PREFIX + "route.host_rewrite_literal: 'a b' is no host");
  }

  @Test
  void refusesSubstitutionsWhoseTextDoesNotFit() {
    assertThat(
            problems(
                "match: {prefix: /}, route: {cluster: c, regex_rewrite: {pattern: {regex: '(a)'},"
                    + " substitution: '\\1 b'}, host_rewrite_path_regex: {pattern: {regex: '(a)'},"
                    + " substitution: 'x/\\1'}}"))
        .containsExactly(
            PREFIX + "route.regex_rewrite.substitution: '\\1 b' may not stand in :path",
            PREFIX
                + "route.host_rewrite_path_regex.substitution: 'x/\\1' may not stand in"
                + " :authority");
    assertThat(
            problems(
                "match: {prefix: /}, redirect: {regex_rewrite: {pattern: {regex: a},"
                    + " substitution: 'ä'}}"))
        .containsExactly(
            PREFIX + "redirect.regex_rewrite.substitution: 'ä' may not stand in :path");
    assertThat(problems("match: {prefix: /}, redirect: {prefix_rewrite: '/a b'}"))
        .containsExactly(PREFIX + "redirect.prefix_rewrite: '/a b' may not stand in a path");
  }

  @Test
  void refusesNamesThatNoHeaderHas() {
    assertThat(
            problems(
                "match: {prefix: /, headers: [{name: 'a b', present_match: true}]},"
                    + " route: {cluster: c, host_rewrite_header: my header}"))
        .containsExactly(
            PREFIX + "match.headers[0].name: not a header name: 'a b'",
            PREFIX + "route.host_rewrite_header: not a header name: 'my header'");
    assertThat(problems("match: {prefix: /}, route: {cluster_header: 'x:y'}"))
        .containsExactly(PREFIX + "route.cluster_header: not a header name: 'x:y'");
  }

  @Test
  void theMostSpecificPlaceSaysWhichFiltersAreOn() {
    var yaml =
        """
        {name: r, %s, virtual_hosts: [{name: h, domains: ['*'], %s, routes: [
          {match: {path: /a}, route: {cluster: c}, %s}, {match: {prefix: /}, route: {cluster: c}}]}]}
        """
            .formatted(switches("-a -b -c"), switches("+b -d"), switches("+a"));

    var routes =
        ((RoutesResource) Yaml.valid(ResourceKind.ROUTES, yaml))
            .table()
            .virtualHosts()
            .getFirst()
            .routes();

    assertThat(routes.get(0).filters().on())
        .isEqualTo(Map.of("a", true, "b", true, "c", false, "d", false));
    assertThat(routes.get(1).filters().on())
        .isEqualTo(Map.of("a", false, "b", true, "c", false, "d", false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'@type': type.googleapis.com/google.protobuf.Struct} | only"
            + " envoy.config.route.v3.FilterConfig is supported",
        "{'@type': type.googleapis.com/envoy.config.route.v3.FilterConfig} | Empty route/virtual"
            + " host per filter configuration for f filter",
        "{'@type': type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {'@type':"
            + " type.googleapis.com/google.protobuf.Struct}} | config: is not supported",
      })
  void refusesConfigurationsOfFiltersPerRoute(String config, String problem) {
    assertThat(
            problems(
                    "match: {prefix: /}, route: {cluster: c}, typed_per_filter_config: {f: %s}"
                        .formatted(config))
                .getFirst())
        .startsWith(PREFIX + "typed_per_filter_config['f']")
        .contains(problem);
  }

  @Test
  void anOptionalConfigurationThatNobodyKnowsIsLeftOut() {
    assertThat(
            problems(
                "match: {prefix: /}, route: {cluster: c}, typed_per_filter_config: {f: {'@type':"
                    + " type.googleapis.com/envoy.config.route.v3.FilterConfig, is_optional: true,"
                    + " config: {'@type': type.googleapis.com/google.protobuf.Struct}}}"))
        .isEmpty();
  }

  @Test
  void refusesVirtualHostsThatItWouldServeOtherwise() { // X37
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                "{name: r, internal_only_headers: [x],"
                    + " virtual_hosts: [{name: h, domains: ['*'],"
                    + " rate_limits: [{actions: [{remote_address: {}}]}]}]}"))
        .contains(
            "internal_only_headers: is not supported",
            "virtual_hosts[0].rate_limits: is not supported");
  }
}
