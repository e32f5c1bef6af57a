package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.InternalRedirectPolicy;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InternalRedirectParserTest {
  private static final String TYPE =
      "typed_config: {'@type': type.googleapis.com/envoy.extensions.internal_redirect.";

  private static String table(String action) {
    return "{name: r, virtual_hosts: [{name: h, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: c, %s}}]}]}"
        .formatted(action);
  }

  private static @Nullable InternalRedirectPolicy policy(String action) {
    var read = ((RoutesResource) Yaml.valid(ResourceKind.ROUTES, table(action))).table();
    return ((RouteAction.Forward) read.virtualHosts().getFirst().routes().getFirst().action())
        .redirects();
  }

  @Test
  void withoutAPolicyRedirectsAreTheClients() {
    assertThat(policy("")).isNull();
    assertThat(policy("max_internal_redirects: 3")).isNull();
  }

  @Test
  void aPolicyOfWhichNothingIsSaidFollowsOneRedirect() {
    assertThat(policy("internal_redirect_policy: {}")).isEqualTo(InternalRedirectPolicy.upTo(1));
  }

  @Test
  void readsTheOldSpelling() {
    assertThat(policy("internal_redirect_action: HANDLE_INTERNAL_REDIRECT"))
        .isEqualTo(InternalRedirectPolicy.upTo(1));
    assertThat(
            policy("internal_redirect_action: HANDLE_INTERNAL_REDIRECT, max_internal_redirects: 3"))
        .isEqualTo(InternalRedirectPolicy.upTo(3));
  }

  @Test
  void readsAllOfAPolicy() {
    assertThat(
            policy(
                """
                internal_redirect_policy: {max_internal_redirects: 5, redirect_response_codes: [301, 303, 404],
                  allow_cross_scheme_redirect: true, response_headers_to_copy: [x-a],
                  predicates: [{name: a, %1$sprevious_routes.v3.PreviousRoutesConfig}},
                    {name: b, %1$ssafe_cross_scheme.v3.SafeCrossSchemeConfig}},
                    {name: c, %1$sallow_listed_routes.v3.AllowListedRoutesConfig, allowed_route_names: [one, two]}}]}
                """
                    .formatted(TYPE)))
        .isEqualTo(
            new InternalRedirectPolicy(
                5,
                Set.of(301, 303),
                true,
                true,
                List.of(Set.of("one", "two")),
                true,
                List.of(HeaderName.of("x-a"))));
  }

  @Test
  void refusesWhatCannotBeFollowed() {
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                table(
                    "internal_redirect_policy: {response_headers_to_copy: [host], predicates:"
                        + " [{name: x, typed_config: {'@type':"
                        + " type.googleapis.com/google.protobuf.Struct}}]}")))
        .containsExactly(
            "virtual_hosts[0].routes[0].route.internal_redirect_policy.predicates[0]: Didn't find a"
                + " registered implementation for 'x' with type URL:"
                + " 'type.googleapis.com/google.protobuf.Struct'",
            "virtual_hosts[0].routes[0].route.internal_redirect_policy.response_headers_to_copy[0]:"
                + " ':'-prefixed headers or Hosts may not be specified here.");
  }
}
