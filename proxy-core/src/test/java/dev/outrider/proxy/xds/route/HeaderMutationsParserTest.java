package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.HeaderMutations;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeaderMutationsParserTest {
  private static final String LEVELS =
      """
      name: r
      most_specific_header_mutations_wins: %s
      request_headers_to_add: [{header: {key: x-table, value: v}}]
      request_headers_to_remove: [x-table-gone]
      response_headers_to_add: [{header: {key: x-table-back, value: v}}]
      response_headers_to_remove: [x-table-back-gone]
      virtual_hosts:
      - name: h
        domains: ["*"]
        request_headers_to_add: [{header: {key: x-host, value: v}}]
        response_headers_to_remove: [x-host-back-gone]
        routes:
        - match: {prefix: /}
          route:
            weighted_clusters:
              clusters:
              - name: c
                weight: 1
                request_headers_to_add: [{header: {key: x-cluster, value: v}}]
                request_headers_to_remove: [x-cluster-gone]
                response_headers_to_add: [{header: {key: x-cluster-back, value: v}}]
                response_headers_to_remove: [x-cluster-back-gone]
          request_headers_to_remove: [x-route-gone]
          response_headers_to_add: [{header: {key: x-route-back, value: v}}]
      """;

  private static RouteTable table(String yaml) {
    return ((RoutesResource) Yaml.valid(ResourceKind.ROUTES, yaml)).table();
  }

  private static HeaderMutations ofRoute(RouteTable table) {
    return table.virtualHosts().getFirst().routes().getFirst().headers();
  }

  private static HeaderMutations ofCluster(RouteTable table) {
    var action = table.virtualHosts().getFirst().routes().getFirst().action();
    var choice = (ClusterChoice.Weighted) ((RouteAction.Forward) action).cluster();
    return choice.clusters().getFirst().headers();
  }

  private static List<List<String>> names(List<List<HeaderEdit>> levels) {
    return levels.stream()
        .map(level -> level.stream().map(edit -> edit.name().toString()).toList())
        .toList();
  }

  private static List<String> problems(String fields) {
    return Yaml.problems(
        ResourceKind.ROUTES, "{name: r, virtual_hosts: [{name: h, domains: [a], " + fields + "}]}");
  }

  @Test
  void readsEveryLevelMostSpecificFirst() {
    var table = table(LEVELS.formatted(false));

    assertThat(names(ofRoute(table).request()))
        .containsExactly(
            List.of("x-route-gone"), List.of("x-host"), List.of("x-table-gone", "x-table"));
    assertThat(names(ofRoute(table).response()))
        .containsExactly(
            List.of("x-route-back"),
            List.of("x-host-back-gone"),
            List.of("x-table-back-gone", "x-table-back"));
  }

  @Test
  void theMostSpecificLevelIsLastIfItWins() {
    assertThat(names(ofRoute(table(LEVELS.formatted(true))).request()))
        .containsExactly(
            List.of("x-table-gone", "x-table"), List.of("x-host"), List.of("x-route-gone"));
  }

  @Test
  void aWeightedClusterIsFirstInAnyCase() {
    for (var wins : List.of(true, false)) {
      var table = table(LEVELS.formatted(wins));

      assertThat(names(ofCluster(table).request()).getFirst())
          .containsExactly("x-cluster-gone", "x-cluster");
      assertThat(names(ofCluster(table).response()).getFirst())
          .containsExactly("x-cluster-back-gone", "x-cluster-back");
      assertThat(ofCluster(table).request()).endsWith(ofRoute(table).request().getLast());
    }
  }

  @Test
  void refusesWhatEnvoyDoesNotLetChange() {
    assertThat(problems("request_headers_to_add: [{header: {key: ':path', value: /}}]"))
        .containsExactly(
            "virtual_hosts[0].request_headers_to_add[0].header.key:"
                + " :-prefixed or host headers may not be modified");
    assertThat(problems("response_headers_to_remove: [x, Host]"))
        .containsExactly(
            "virtual_hosts[0].response_headers_to_remove[1]:"
                + " :-prefixed or host headers may not be removed");
    assertThat(problems("request_headers_to_remove: [':method']"))
        .containsExactly(
            "virtual_hosts[0].request_headers_to_remove[0]:"
                + " :-prefixed or host headers may not be removed");
    assertThat(
            problems(
                "request_headers_to_add: [{header: {key: a, value: b}, append: true,"
                    + " append_action: ADD_IF_ABSENT}]"))
        .containsExactly(
            "virtual_hosts[0].request_headers_to_add[0]:"
                + " Both append and append_action are set and it's not allowed");
    assertThat(problems("response_headers_to_add: [{header: {key: a, value: '%NO_SUCH%'}}]"))
        .singleElement()
        .asString()
        .contains("response_headers_to_add[0].header.value", "unknown operator");
  }
}
