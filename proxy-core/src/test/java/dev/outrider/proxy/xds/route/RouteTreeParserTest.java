package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTree;
import dev.outrider.proxy.routing.RouteTree.Condition;
import dev.outrider.proxy.routing.ValueMatcher;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTreeParserTest {
  private static final String PLACE = "virtual_hosts[0].matcher.";
  private static final HeaderName NAME = HeaderName.of("x-h");
  private static final String INPUT =
      "{name: i, typed_config: {'@type':"
          + " type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name:"
          + " X-H}}";
  private static final String ROUTE =
      "{action: {name: r, typed_config: {'@type': type.googleapis.com/envoy.config.route.v3.Route,"
          + " match: {prefix: /}, route: {cluster: c}}}}";
  private static final String LIST =
      "{action: {name: r, typed_config: {'@type':"
          + " type.googleapis.com/envoy.config.route.v3.RouteList, routes: [{match: {prefix: /a},"
          + " route: {cluster: a}}, {match: {prefix: /b}, direct_response: {status: 200}}]}}}";

  private static String table(String matcher) {
    return "{name: r, virtual_hosts: [{name: h, domains: ['*'], matcher: {%s}}]}"
        .formatted(matcher);
  }

  private static RouteTree tree(String matcher) {
    var resource = (RoutesResource) Yaml.valid(ResourceKind.ROUTES, table(matcher));
    return Objects.requireNonNull(resource.table().virtualHosts().getFirst().tree());
  }

  private static Condition condition(String predicate) {
    var tree =
        tree(
            "matcher_list: {matchers: [{predicate: {%s}, on_match: %s}]}"
                .formatted(predicate, ROUTE));
    return ((RouteTree.Branches) tree).branches().getFirst().condition();
  }

  private static Condition value(String value) {
    return condition("single_predicate: {input: %s, value_match: {%s}}".formatted(INPUT, value));
  }

  private static String single(String value) {
    return "{single_predicate: {input: %s, value_match: {exact: %s}}}".formatted(INPUT, value);
  }

  private static Condition.Header is(ValueMatcher value) {
    return new Condition.Header(NAME, value);
  }

  @Test
  void readsEveryValue() {
    assertThat(value("exact: v, ignore_case: true"))
        .isEqualTo(is(new ValueMatcher.Exact("v", true)));
    assertThat(value("prefix: v")).isEqualTo(is(new ValueMatcher.Prefix("v", false)));
    assertThat(value("suffix: v")).isEqualTo(is(new ValueMatcher.Suffix("v", false)));
    assertThat(value("contains: v")).isEqualTo(is(new ValueMatcher.Contains("v", false)));
    assertThat(value("safe_regex: {google_re2: {}, regex: 'v.'}"))
        .isEqualTo(is(new ValueMatcher.Regex("v.")));
  }

  @Test
  void readsEveryPredicate() {
    var a = is(new ValueMatcher.Exact("a", false));
    var b = is(new ValueMatcher.Exact("b", false));
    var both = single("a") + ", " + single("b");

    assertThat(condition("or_matcher: {predicate: [%s]}".formatted(both)))
        .isEqualTo(new Condition.Any(List.of(a, b)));
    assertThat(condition("and_matcher: {predicate: [%s]}".formatted(both)))
        .isEqualTo(new Condition.All(List.of(a, b)));
    assertThat(condition("not_matcher: " + single("a"))).isEqualTo(new Condition.Not(a));
  }

  @Test
  void readsAMapOfValues() {
    var exact =
        (RouteTree.ByValue)
            tree(
                "matcher_tree: {input: %s, exact_match_map: {map: {v: %s}}}, on_no_match: %s"
                    .formatted(INPUT, ROUTE, LIST));
    var prefix =
        (RouteTree.ByValue)
            tree(
                "matcher_tree: {input: %s, prefix_match_map: {map: {v: %s}}}"
                    .formatted(INPUT, ROUTE));

    assertThat(exact.header()).isEqualTo(NAME);
    assertThat(exact.byPrefix()).isFalse();
    assertThat(exact.values()).containsOnlyKeys("v");
    assertThat(((RouteTree.Leaf) Objects.requireNonNull(exact.otherwise())).routes())
        .extracting(route -> route.action().getClass().getSimpleName())
        .containsExactly("Forward", "DirectResponse");
    assertThat(prefix.byPrefix()).isTrue();
    assertThat(prefix.otherwise()).isNull();
  }

  @Test
  void readsTreesInTrees() {
    var inner =
        "matcher_tree: {input: %s, exact_match_map: {map: {v: %s}}}".formatted(INPUT, ROUTE);
    var tree =
        (RouteTree.ByValue)
            tree(
                "matcher_tree: {input: %s, exact_match_map: {map: {w: {matcher: {%s}}}}}"
                    .formatted(INPUT, inner));

    assertThat(tree.values().get("w")).isInstanceOf(RouteTree.ByValue.class);
    assertThat(RouteTree.routes(tree))
        .extracting(route -> ((RouteAction.Forward) route.action()).cluster())
        .hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{input: %s, custom_match: {name: x}} | custom_match: is not supported",
        "{input: {name: i, typed_config: {'@type': type.googleapis.com/google.protobuf.Struct}},"
            + " value_match: {exact: a}} | input.typed_config: only envoy.type.matcher.v3",
        "{input: %s, value_match: {safe_regex: {google_re2: {}, regex: '('}}} |"
            + " value_match.safe_regex: regex '(': missing closing )",
        "{input: %s, value_match: {custom: {name: x}}} | value_match.custom: is not supported",
      })
  void refusesPredicatesThatItWouldHaveToIgnore(String predicate, String problem) {
    var matcher =
        "matcher_list: {matchers: [{predicate: {single_predicate: %s}, on_match: %s}]}"
            .formatted(predicate.replace("%s", INPUT), ROUTE);

    assertThat(Yaml.problems(ResourceKind.ROUTES, table(matcher)))
        .anySatisfy(
            text ->
                assertThat(text)
                    .startsWith(
                        PLACE + "matcher_list.matchers[0].predicate.single_predicate." + problem));
  }

  @Test
  void refusesLeavesThatAreNoRoutes() {
    var other =
        "{action: {name: x, typed_config: {'@type': type.googleapis.com/google.protobuf.Struct}}}";

    assertThat(Yaml.problems(ResourceKind.ROUTES, table("on_no_match: " + other)))
        .anySatisfy(
            text ->
                assertThat(text)
                    .startsWith(
                        PLACE + "on_no_match.action.typed_config: only envoy.config.route"));
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                table("on_no_match: " + ROUTE.replaceFirst("\\{", "{keep_matching: true, "))))
        .contains(PLACE + "on_no_match.keep_matching: is not supported");
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                table("matcher_tree: {input: %s, custom_match: {name: x}}".formatted(INPUT))))
        .contains(PLACE + "matcher_tree.custom_match: is not supported");
  }

  @Test
  void refusesRoutesBesideATree() {
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                "{name: r, virtual_hosts: [{name: h, domains: ['*'], matcher: {on_no_match: %s}, routes: [{match: {prefix: /}, route: {cluster: c}}]}]}"
                    .formatted(ROUTE)))
        .contains("virtual_hosts[0]: cannot set both matcher and routes on virtual host");
  }

  @Test
  void namesTheProblemsOfItsRoutes() {
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                table("on_no_match: " + ROUTE.replace("route: {cluster: c}", "filter_action: {}"))))
        .contains(PLACE + "on_no_match.action.typed_config.filter_action: is not supported");
  }
}
