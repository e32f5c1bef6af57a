package dev.outrider.proxy.xds.route;

import static com.google.protobuf.ByteString.EMPTY;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.Route;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteCondition;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.TemplateRewrite;
import dev.outrider.proxy.routing.UriTemplate;
import dev.outrider.proxy.routing.ValueMatcher;
import dev.outrider.proxy.runtime.KeyedShare;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteMatchParserTest {
  private static final String PREFIX = "virtual_hosts[0].routes[0].";
  private static final String TYPES = "type.googleapis.com/envoy.extensions.path.";

  private static String table(String route) {
    return "{name: r, virtual_hosts: [{name: h, domains: ['*'], routes: [{%s}]}]}".formatted(route);
  }

  private static Route route(String fields) {
    var resource = (RoutesResource) Yaml.valid(ResourceKind.ROUTES, table(fields));
    return resource.table().virtualHosts().getFirst().routes().getFirst();
  }

  private static RouteMatcher match(String fields) {
    return route("match: {prefix: /, %s}, route: {cluster: c}".formatted(fields)).matcher();
  }

  private static List<String> problems(String route) {
    return Yaml.problems(ResourceKind.ROUTES, table(route));
  }

  private static String policy(String template) {
    return "path_match_policy: {name: x, typed_config: {'@type': %smatch.uri_template.v3.UriTemplateMatchConfig, path_template: '%s'}}"
        .formatted(TYPES, template);
  }

  private static String rewrite(String template) {
    return "path_rewrite_policy: {name: w, typed_config: {'@type': %srewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: '%s'}}"
        .formatted(TYPES, template);
  }

  @Test
  void readsEveryConditionInEnvoysOrder() {
    assertThat(
            match(
                    "tls_context: {presented: true, validated: false}, grpc: {},"
                        + " filter_state: [{key: k, string_match: {prefix: v}}],"
                        + " query_parameters: [{name: a, string_match: {exact: '1', ignore_case:"
                        + " true}}, {name: b, present_match: true}, {name: c}, {name: d,"
                        + " present_match: false}],"
                        + " runtime_fraction: {default_value: {numerator: 5, denominator:"
                        + " TEN_THOUSAND}}")
                .conditions())
        .containsExactly(
            new RouteCondition.Fraction(5, 10_000),
            new RouteCondition.Grpc(),
            new RouteCondition.Query("a", new ValueMatcher.Exact("1", true)),
            new RouteCondition.Query("b", new ValueMatcher.Presence(true)),
            new RouteCondition.Query("c", new ValueMatcher.Presence(true)),
            new RouteCondition.Query("d", new ValueMatcher.Presence(false)),
            new RouteCondition.ClientCertificate(true, false),
            new RouteCondition.Kept("k", new ValueMatcher.Prefix("v", false)));
    assertThat(match("tls_context: {}").conditions())
        .containsExactly(new RouteCondition.ClientCertificate(null, null));
    assertThat(match("case_sensitive: true").conditions()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"HUNDRED, 100", "TEN_THOUSAND, 10000", "MILLION, 1000000"})
  void readsEveryDenominator(String name, int denominator) {
    assertThat(
            match(
                    "runtime_fraction: {runtime_key: k, default_value: {numerator: 7, denominator:"
                        + " %s}}".formatted(name))
                .conditions())
        .containsExactly(new RouteCondition.Fraction(new KeyedShare("k", 7, denominator)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "dynamic_metadata: [{filter: x, path: [{key: k}], value: {present_match: true}}] |"
            + " dynamic_metadata: is not supported",
        "filter_state: [{key: x, address_match: {}}] | filter_state[0].address_match: is not"
            + " supported",
        "query_parameters: [{name: x, string_match: {safe_regex: {regex: '('}}}] |"
            + " query_parameters[0].string_match: regex '(': missing closing )",
        "filter_state: [{key: x, string_match: {safe_regex: {regex: '('}}}] |"
            + " filter_state[0].string_match: regex '(': missing closing )",
      })
  void refusesConditionsThatItWouldHaveToIgnore(String condition, String problem) {
    assertThat(problems("match: {prefix: /, %s}, route: {cluster: c}".formatted(condition)))
        .contains(PREFIX + "match." + problem);
  }

  @Test
  void refusesConditionsOfALaterSchema() throws InvalidProtocolBufferException {
    var later =
        UnknownFieldSet.newBuilder()
            .addField(17, UnknownFieldSet.Field.newBuilder().addLengthDelimited(EMPTY).build())
            .build();
    var match = RouteMatch.newBuilder().setPrefix("/").setUnknownFields(later).build();
    var scope = Scope.of("r");

    RouteMatchParser.parse(RouteMatch.parseFrom(match.toByteString()), scope);

    assertThat(scope.problems())
        .extracting(ConfigProblem::message)
        .containsExactly("has a condition that is not known: field number 17");
  }

  @Test
  void readsATemplateAndWhatItIsRewrittenTo() {
    var route =
        route(
            "match: {%s}, route: {cluster: c, %s}"
                .formatted(policy("/a/{b}/{c=**}"), rewrite("/x/{c}/{b}")));

    var template = UriTemplate.of("/a/{b}/{c=**}");
    assertThat(route.matcher().path()).isEqualTo(new PathMatcher.Template(template));
    assertThat(((RouteAction.Forward) route.action()).rewrite().path())
        .isEqualTo(new PathRewrite.Template(TemplateRewrite.of(template, "/x/{c}/{b}")));
  }

  @Test
  void refusesTemplatesThatMakeNoSense() {
    assertThat(problems("match: {%s}, route: {cluster: c}".formatted(policy("/a/{b"))))
        .contains(
            PREFIX
                + "match.path_match_policy.typed_config: path_match_policy.path_template /a/{b is"
                + " invalid: Unmatched variable bracket in mixed pattern: \"{b\"");
    assertThat(
            problems(
                "match: {%s}, route: {cluster: c, %s}"
                    .formatted(policy("/a/{b}"), rewrite("/{c}"))))
        .contains(
            PREFIX
                + "route.path_rewrite_policy.typed_config:"
                + " path_rewrite_policy.path_template_rewrite /{c} is invalid: /a/{b} has no"
                + " variable 'c'");
    assertThat(problems("match: {prefix: /}, route: {cluster: c, %s}".formatted(rewrite("/c"))))
        .contains(
            PREFIX
                + "route.path_rewrite_policy: unable to use"
                + " envoy.path.rewrite.uri_template.uri_template_rewriter extension without"
                + " envoy.path.match.uri_template.uri_template_matcher extension");
  }

  @Test
  void refusesPathsOfOtherExtensions() {
    var other = "name: x, typed_config: {'@type': type.googleapis.com/google.protobuf.Struct}";

    assertThat(problems("match: {path_match_policy: {%s}}, route: {cluster: c}".formatted(other)))
        .anySatisfy(
            text ->
                assertThat(text)
                    .startsWith(PREFIX + "match.path_match_policy.typed_config: only envoy"));
    assertThat(
            problems(
                "match: {prefix: /}, route: {cluster: c, path_rewrite_policy: {%s}}"
                    .formatted(other)))
        .anySatisfy(
            text ->
                assertThat(text)
                    .startsWith(PREFIX + "route.path_rewrite_policy.typed_config: only envoy"));
  }

  @Test
  void refusesTwoRewritesOfOnePath() {
    var both = "Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy";
    var regex = "regex_rewrite: {pattern: {regex: a}, substitution: b}";

    for (var rewrites :
        List.of(
            "prefix_rewrite: /b, " + regex,
            "prefix_rewrite: /b, " + rewrite("/x"),
            regex + ", " + rewrite("/x"))) {
      assertThat(problems("match: {%s}, route: {cluster: c, %s}".formatted(policy("/a"), rewrites)))
          .contains(PREFIX + "route: " + both);
    }
  }

  @Test
  void refusesToRewriteThePrefixOfATemplate() {
    assertThat(
            problems(
                "match: {%s}, route: {cluster: c, prefix_rewrite: /b}".formatted(policy("/a"))))
        .contains(
            PREFIX + "route.prefix_rewrite: Cannot use prefix_rewrite with matcher extension");
    assertThat(problems("match: {%s}, redirect: {prefix_rewrite: /b}".formatted(policy("/a"))))
        .contains(
            PREFIX
                + "redirect.prefix_rewrite: Cannot use redirect.prefix_rewrite with"
                + " path_match_policy");
  }
}
