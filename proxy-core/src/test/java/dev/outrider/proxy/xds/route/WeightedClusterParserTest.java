package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightedClusterParserTest {
  private static final String PLACE = "virtual_hosts[0].routes[0].route.weighted_clusters";

  private static String table(String route) {
    return "{name: r, virtual_hosts: [{name: h, domains: ['*'], routes: [{match: {prefix: /}, %s}]}]}"
        .formatted(route);
  }

  private static RouteAction.Forward forward(String fields) {
    var resource = (RoutesResource) Yaml.valid(ResourceKind.ROUTES, table(fields));
    return (RouteAction.Forward)
        resource.table().virtualHosts().getFirst().routes().getFirst().action();
  }

  private static ClusterChoice.Weighted weighted(String fields) {
    return (ClusterChoice.Weighted)
        forward("route: {weighted_clusters: {%s}}".formatted(fields)).cluster();
  }

  private static LbMetadata metadata(Map<String, String> values) {
    var texts = new TreeMap<String, LbValue>();
    values.forEach((name, text) -> texts.put(name, new LbValue.Text(text)));
    return LbMetadata.of(texts);
  }

  @Test
  void readsWhereTheNumberComesFrom() {
    assertThat(weighted("header_name: X-N, clusters: [{name: a, weight: 1}]").randomHeader())
        .isEqualTo(HeaderName.of("x-n"));
    assertThat(weighted("clusters: [{name: a, weight: 1}]").randomHeader()).isNull();
    assertThat(weighted("use_hash_policy: false, clusters: [{name: a, weight: 1}]").randomHeader())
        .isNull();
    assertThat(weighted("use_hash_policy: true, clusters: [{name: a, weight: 1}]").byHash())
        .isTrue();
    assertThat(weighted("clusters: [{name: a, weight: 1}]").byHash()).isFalse();
  }

  @Test
  void readsWhereTheRuntimeHasWeights() {
    assertThat(weighted("runtime_key_prefix: p, clusters: [{name: a, weight: 1}]").runtimePrefix())
        .isEqualTo("p");
  }

  @Test
  void readsWhatAnAlternativeSaysItself() {
    var cluster =
        weighted(
                "clusters: [{cluster_header: X-To, weight: 3, host_rewrite_literal: inner.test,"
                    + " typed_per_filter_config: {f: {'@type':"
                    + " type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}}}]")
            .clusters()
            .getFirst();

    assertThat(cluster.cluster()).isEqualTo(new ClusterChoice.FromHeader(HeaderName.of("x-to")));
    assertThat(cluster.weight()).isEqualTo(3);
    assertThat(cluster.host()).isEqualTo("inner.test");
    assertThat(cluster.filters().on()).isEqualTo(Map.of("f", false));
  }

  @Test
  void anAlternativeSaysMoreAboutFiltersThanItsRoute() {
    var on = "{'@type': type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {}}";
    var off = "{'@type': type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}";
    var choice =
        (ClusterChoice.Weighted)
            forward(
                    "typed_per_filter_config: {f: %s, g: %s}, route: {weighted_clusters: {clusters: [{name: a, weight: 1, typed_per_filter_config: {f: %s}}]}}"
                        .formatted(off, off, on))
                .cluster();

    assertThat(choice.clusters().getFirst().filters().on())
        .isEqualTo(Map.of("f", true, "g", false));
  }

  @Test
  void readsWhatTheEndpointMustBeLike() {
    assertThat(
            forward("route: {cluster: c, metadata_match: {filter_metadata: {envoy.lb: {v: '1'}}}}")
                .metadataMatch())
        .isEqualTo(metadata(Map.of("v", "1")));
    assertThat(
            forward("route: {cluster: c, metadata_match: {filter_metadata: {other: {v: '1'}}}}")
                .metadataMatch())
        .isEqualTo(LbMetadata.NONE);
  }

  @Test
  void anAlternativeDemandsMoreThanItsRouteKeyByKey() {
    var choice =
        (ClusterChoice.Weighted)
            forward(
                    "route: {metadata_match: {filter_metadata: {envoy.lb: {v: '1', w: '1'}}},"
                        + " weighted_clusters: {clusters: [{name: a, weight: 1, metadata_match:"
                        + " {filter_metadata: {envoy.lb: {v: '2', x: '2'}}}}, {name: b, weight:"
                        + " 1}]}}")
                .cluster();

    assertThat(choice.clusters().get(0).metadataMatch())
        .isEqualTo(metadata(Map.of("v", "2", "w", "1", "x", "2")));
    assertThat(choice.clusters().get(1).metadataMatch())
        .isEqualTo(metadata(Map.of("v", "1", "w", "1")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "clusters: [{name: a, weight: 0}] |: Sum of weights in the weighted_cluster must be greater"
            + " than 0.",
        "clusters: [{name: a, weight: 4294967295}, {name: b, weight: 1}] |: The sum of weights of"
            + " all weighted clusters exceeds 4294967295",
        "clusters: [{weight: 1}] |.clusters[0]: At least one of name or cluster_header need to be"
            + " specified",
        "clusters: [{name: a, cluster_header: b, weight: 1}] |.clusters[0]: Only one of name or"
            + " cluster_header can be specified",
        "clusters: [{name: a}] |.clusters[0].weight: is required",
        "clusters: [{name: a, weight: 1, host_rewrite_literal: 'a b'}]"
            + " |.clusters[0].host_rewrite_literal: 'a b' is no host",
      })
  void refusesWhatMakesNoSense(String fields, String problem) {
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES, table("route: {weighted_clusters: {%s}}".formatted(fields))))
        .contains(PLACE + problem);
  }
}
