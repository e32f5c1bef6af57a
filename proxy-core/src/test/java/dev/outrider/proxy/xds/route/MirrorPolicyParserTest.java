package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.MirrorPolicy;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.runtime.KeyedShare;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class MirrorPolicyParserTest {
  private static String table(String general, String host, String action) {
    return "{name: r, %s virtual_hosts: [{name: h, domains: ['*'], %s routes: [{match: {prefix: /}, route: {cluster: c, %s}}]}]}"
        .formatted(general, host, action);
  }

  private static List<MirrorPolicy> mirrors(String general, String host, String action) {
    var read =
        ((RoutesResource) Yaml.valid(ResourceKind.ROUTES, table(general, host, action))).table();
    return ((RouteAction.Forward) read.virtualHosts().getFirst().routes().getFirst().action())
        .mirrors();
  }

  private static String policies(String cluster) {
    return "request_mirror_policies: [{cluster: %s}],".formatted(cluster);
  }

  @Test
  void aPolicyOfWhichLittleIsSaidTakesAll() {
    assertThat(mirrors("", "", policies("m"))).containsExactly(MirrorPolicy.to("m"));
  }

  @Test
  void readsAllOfAPolicy() {
    assertThat(
            mirrors(
                "",
                "",
                """
                request_mirror_policies: [
                  {cluster_header: X-To, runtime_fraction: {runtime_key: k, default_value: {numerator: 7, denominator: TEN_THOUSAND}},
                   disable_shadow_host_suffix_append: true, host_rewrite_literal: m.test,
                   request_headers_mutations: [{remove: x-a}]},
                  {cluster: other, runtime_fraction: {default_value: {}}}]
                """))
        .containsExactly(
            new MirrorPolicy(
                "",
                HeaderName.of("x-to"),
                new KeyedShare("k", 7, 10_000),
                false,
                "m.test",
                List.of(new HeaderEdit.Remove(HeaderName.of("x-a")))),
            new MirrorPolicy("other", null, KeyedShare.of(0, 100), true, "", List.of()));
  }

  @Test
  void theMostSpecificLevelThatSaysItCounts() {
    assertThat(mirrors(policies("a"), policies("b"), policies("c")))
        .containsExactly(MirrorPolicy.to("c"));
    assertThat(mirrors(policies("a"), policies("b"), "")).containsExactly(MirrorPolicy.to("b"));
    assertThat(mirrors(policies("a"), "", "")).containsExactly(MirrorPolicy.to("a"));
  }

  @Test
  void refusesAPolicyThatGoesNowhereOrToTwo() {
    var problem =
        "virtual_hosts[0].routes[0].route.request_mirror_policies[%d]: Exactly one of cluster or"
            + " cluster_header in request mirror policy can be specified";

    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                table("", "", "request_mirror_policies: [{}, {cluster: a, cluster_header: b}]")))
        .containsExactly(problem.formatted(0), problem.formatted(1));
  }
}
