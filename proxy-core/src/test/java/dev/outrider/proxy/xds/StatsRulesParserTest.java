package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.PrometheusText;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatsRules;
import dev.outrider.proxy.metrics.StatsText;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.metrics.v3.StatsConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Expected texts are those of Envoy 1.40.
class StatsRulesParserTest {
  private final MetricRegistry registry = new MetricRegistry(1);

  private static StatsRules parse(String yaml, Scope scope) {
    try {
      var bytes = Yaml.bytes("envoy.config.metrics.v3.StatsConfig", yaml);
      return StatsRulesParser.parse(StatsConfig.parseFrom(bytes), scope);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> problems(String yaml) {
    var scope = Scope.of("bootstrap");
    parse(yaml, scope);
    return Yaml.texts(scope.problems());
  }

  private void show(String yaml) {
    var scope = Scope.of("bootstrap");
    registry.show(parse(yaml, scope));
    assertThat(scope.problems()).isEmpty();
  }

  private List<String> lines() {
    return PrometheusText.of(registry, new StatFilter(true, _ -> true))
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  @Test
  void putsTagsOfItsOwnBetweenThoseThatAreBuiltIn() {
    registry.counter("cluster.up.upstream_rq_200").inc();
    registry.counter("cluster.up.upstream_rq_2xx").inc();

    show(
        """
        stats_tags:
        - {tag_name: mine, regex: '^cluster\\.((.+?)\\.)upstream_rq_total'}
        - {tag_name: fix-ed, fixed_value: v-1}
        - {tag_name: look, regex: '_rq(_(\\d+))$'}
        - {tag_name: envoy.response_code_class}
        """);

    assertThat(lines())
        .containsExactly(
            "envoy_cluster_upstream_rq{envoy_response_code=\"200\",fix_ed=\"v-1\",look=\"200\",envoy_cluster_name=\"up\"}"
                + " 1",
            "envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"2\",fix_ed=\"v-1\",envoy_cluster_name=\"up\"}"
                + " 1");
  }

  @Test
  void knowsOnlyTheTagsThatAreNamed() {
    registry.counter("cluster.up.external.upstream_rq_200").inc();
    registry.counter("cluster.up.upstream_rq_2xx").inc();
    registry.counter("http.x.downstream_rq_total").inc();

    show(
        """
        use_all_default_tags: false
        stats_tags:
        - {tag_name: envoy.cluster_name}
        - {tag_name: pos, regex: '_rq_([[:digit:]]+)$'}
        """);

    assertThat(lines())
        .containsExactly(
            "envoy_cluster_external_upstream_rq_{pos=\"200\",envoy_cluster_name=\"up\"} 1",
            "envoy_cluster_upstream_rq_2xx{envoy_cluster_name=\"up\"} 1",
            "envoy_http_x_downstream_rq_total{} 1");
  }

  @Test
  void mayCutWhatAnotherRuleCut() {
    registry.counter("cluster.up.upstream_rq_total").inc();

    show(
        """
        stats_tags:
        - {tag_name: a, regex: '^cluster\\.((.+?)\\.)'}
        - {tag_name: b, regex: '(?=\\.)\\.(upstream_rq)_total'}
        """);

    assertThat(lines())
        .containsExactly(
            "envoy_cluster__total{b=\"upstream_rq\",envoy_cluster_name=\"up\",a=\"up\"} 1");
  }

  @Test
  void standsForABuiltInTagOfItsName() {
    registry.counter("cluster.up.upstream_rq_total").inc();

    show("stats_tags: [{tag_name: envoy.cluster_name, regex: '^cluster\\.((u)p\\.)'}]");

    assertThat(lines())
        .containsExactly("envoy_cluster_upstream_rq_total{envoy_cluster_name=\"u\"} 1");
  }

  @Test
  void givesUpAnExpressionThatTakesTooLong() {
    registry.counter("cluster." + "a".repeat(60) + ".x").inc();

    show("stats_tags: [{tag_name: t, regex: '^cluster\\.((a+)+)!$'}]");

    assertThat(lines())
        .singleElement()
        .asString()
        .startsWith("envoy_cluster_x{envoy_cluster_name=");
  }

  private List<String> names() {
    return StatsText.of(registry, StatFilter.ALL)
        .lines()
        .map(line -> line.substring(0, line.indexOf(':')))
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | [cluster.a.x, cluster.b.x, server.live]",
        "{stats_matcher: {reject_all: true}} | []",
        "{stats_matcher: {reject_all: false}} | [cluster.a.x, cluster.b.x, server.live]",
        "{stats_matcher: {inclusion_list: {patterns: [{prefix: cluster.a.}, {exact:"
            + " server.live}]}}} | [cluster.a.x, server.live]",
        "{stats_matcher: {exclusion_list: {patterns: [{safe_regex: {regex:"
            + " 'cluster\\.[a-z]\\.x'}}]}}} | [server.live]",
      })
  void showsOnlyTheStatisticsThatAreWanted(String yaml, String shown) {
    registry.counter("cluster.a.x").inc();
    registry.gauge("cluster.b.x").set(1);
    registry.counter("server.live").inc();

    show(yaml);

    assertThat(names()).hasToString(shown);
  }

  @Test
  void cutsHistogramsAtTheirOwnBounds() {
    registry.histogram("cluster.up.upstream_rq_time").record(7);
    registry.histogram("cluster.up.other").record(7);

    show(
        """
        histogram_bucket_settings:
        - {match: {suffix: rq_time}, buckets: [1, 2.5, 10]}
        - {match: {prefix: cluster.}, buckets: [3]}
        """);

    assertThat(lines())
        .filteredOn(line -> line.contains("_bucket"))
        .containsExactly(
            "envoy_cluster_other_bucket{envoy_cluster_name=\"up\",le=\"3\"} 0",
            "envoy_cluster_other_bucket{envoy_cluster_name=\"up\",le=\"+Inf\"} 1",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"up\",le=\"1\"} 0",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"up\",le=\"2.5\"} 0",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"up\",le=\"10\"} 1",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"up\",le=\"+Inf\"} 1");
  }

  @Test
  void aSettingOfBinsOnlyLeavesTheBucketsToALaterOne() {
    registry.histogram("cluster.up.upstream_rq_time").record(7);

    show(
        """
        histogram_bucket_settings:
        - {match: {prefix: cluster.}, bins: 7}
        - {match: {suffix: rq_time}, buckets: [3], bins: 200}
        """);

    assertThat(lines())
        .filteredOn(line -> line.contains("_bucket"))
        .containsExactly(
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"up\",le=\"3\"} 0",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"up\",le=\"+Inf\"} 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "stats_tags: [{tag_name: nope}] | stats_tags[0]: No regex specified for tag specifier and"
            + " no default regex for name: 'nope'",
        "stats_tags: [{tag_name: t, regex: '('}] | stats_tags[0].regex: '(': Unclosed group",
        "stats_tags: [{tag_name: t, regex: abc}] | stats_tags[0].regex: 'abc' has no group to take"
            + " out of the name",
      })
  void saysWhatIsWrong(String yaml, String problem) {
    assertThat(problems("{" + yaml + "}")).containsExactly(problem);
  }
}
