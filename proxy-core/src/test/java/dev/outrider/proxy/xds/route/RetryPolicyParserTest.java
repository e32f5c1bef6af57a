package dev.outrider.proxy.xds.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbValue;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.routing.HeaderMatcher;
import dev.outrider.proxy.routing.HeaderTest;
import dev.outrider.proxy.routing.RetryHosts;
import dev.outrider.proxy.routing.RetryOn;
import dev.outrider.proxy.routing.RetryPolicy;
import dev.outrider.proxy.routing.RetryPolicy.BackOff;
import dev.outrider.proxy.routing.RetryPolicy.RateLimitedBackOff;
import dev.outrider.proxy.routing.RetryPolicy.ResetHeader;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.ValueMatcher;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource.RoutesResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyParserTest {
  private static final String TYPE = "'@type': type.googleapis.com/envoy.extensions.retry.";

  /// @param host fields of the virtual host
  /// @param route fields of the route
  /// @param action fields of its action
  private static String table(String host, String route, String action) {
    return "{name: r, virtual_hosts: [{name: h, domains: ['*'], %s routes: [{match: {prefix: /}, %s route: {cluster: c, %s}}]}]}"
        .formatted(host, route, action);
  }

  private static AttemptRules rules(String host, String route, String action) {
    var read =
        ((RoutesResource) Yaml.valid(ResourceKind.ROUTES, table(host, route, action))).table();
    return ((RouteAction.Forward) read.virtualHosts().getFirst().routes().getFirst().action())
        .attempts();
  }

  private static RetryPolicy policy(String fields) {
    return rules("", "", "retry_policy: {%s}".formatted(fields)).retry();
  }

  private static List<String> problems(String fields) {
    return Yaml.problems(
        ResourceKind.ROUTES, table("", "", "retry_policy: {%s}".formatted(fields)));
  }

  @Test
  void aPolicyOfWhichLittleIsSaidIsAsInEnvoy() {
    assertThat(policy("retry_on: '5xx, cancelled,nonsense'"))
        .isEqualTo(
            new RetryPolicy(
                RetryOn.SERVER_ERROR.bit() | RetryOn.GRPC_CANCELLED.bit(),
                1,
                Duration.ZERO,
                Duration.ZERO,
                new BackOff(Duration.ofMillis(25), Duration.ofMillis(250)),
                null,
                new RetryHosts(false, false, List.of(), 2, 0),
                List.of(),
                List.of(),
                List.of()));
  }

  @Test
  void readsAllOfAPolicy() {
    var present = new ValueMatcher.Presence(true);

    assertThat(
            policy(
                """
                retry_on: "retriable-status-codes,retriable-headers", num_retries: 7,
                per_try_timeout: 2s, per_try_idle_timeout: 1s,
                retry_back_off: {base_interval: 0.0001s, max_interval: 3s},
                rate_limited_retry_back_off:
                  {reset_headers: [{name: Retry-After}, {name: x-at, format: UNIX_TIMESTAMP}], max_interval: 9s},
                retriable_status_codes: [418, 425],
                retriable_headers: [{name: x-a, present_match: true}],
                retriable_request_headers: [{name: x-b, present_match: true}],
                host_selection_retry_max_attempts: 5,
                """))
        .isEqualTo(
            new RetryPolicy(
                RetryOn.RETRIABLE_STATUS_CODES.bit() | RetryOn.RETRIABLE_HEADERS.bit(),
                7,
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                new BackOff(Duration.ofMillis(1), Duration.ofSeconds(3)),
                new RateLimitedBackOff(
                    List.of(
                        new ResetHeader(HeaderName.of("retry-after"), false),
                        new ResetHeader(HeaderName.of("x-at"), true)),
                    Duration.ofSeconds(9)),
                new RetryHosts(false, false, List.of(), 6, 0),
                List.of(418, 425),
                List.of(new HeaderTest(new HeaderMatcher(HeaderName.of("x-a"), present))),
                List.of(new HeaderTest(new HeaderMatcher(HeaderName.of("x-b"), present)))));
  }

  @Test
  void readsWhereARetryShouldNotGo() {
    var hosts =
        policy(
                """
                retry_host_predicate: [
                  {name: a, typed_config: {%1$shost.previous_hosts.v3.PreviousHostsPredicate}},
                  {name: b, typed_config: {%1$shost.omit_canary_hosts.v3.OmitCanaryHostsPredicate}},
                  {name: c, typed_config: {%1$shost.omit_host_metadata.v3.OmitHostMetadataConfig,
                    metadata_match: {filter_metadata: {envoy.lb: {kind: old}}}}}],
                retry_priority: {name: d, typed_config:
                  {%1$spriority.previous_priorities.v3.PreviousPrioritiesConfig, update_frequency: 2}}
                """
                    .formatted(TYPE))
            .hosts();

    assertThat(hosts)
        .isEqualTo(
            new RetryHosts(
                true,
                true,
                List.of(
                    LbMetadata.of(
                        new TreeMap<>(Map.of("kind", (LbValue) new LbValue.Text("old"))))),
                2,
                2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "retry_options_predicates: [{name: x, typed_config: {'@type':"
            + " type.googleapis.com/google.protobuf.Struct}}] | retry_options_predicates: is not"
            + " supported",
        "retry_host_predicate: [{name: x}] | retry_host_predicate[0]: Didn't find a registered"
            + " implementation for 'x' with type URL: ''",
        "retry_priority: {name: x} | retry_priority: Didn't find a registered implementation for"
            + " 'x' with type URL: ''",
        "retry_back_off: {base_interval: 2s, max_interval: 1s} | retry_back_off.max_interval:"
            + " retry_policy.max_interval must greater than or equal to the base_interval"
      })
  void refusesAPolicyThatCannotBeFollowed(String fields, String problem) {
    assertThat(problems(fields))
        .containsExactly("virtual_hosts[0].routes[0].route.retry_policy." + problem);
  }

  @Test
  void aPolicyOfAnotherKindIsRefused() {
    var any = "retry_policy_typed_config: {'@type': type.googleapis.com/google.protobuf.Struct}";

    assertThat(Yaml.problems(ResourceKind.ROUTES, table(any + ",", "", any)))
        .containsExactly(
            "virtual_hosts[0].retry_policy_typed_config: is not supported",
            "virtual_hosts[0].routes[0].route.retry_policy_typed_config: is not supported");
  }

  @Test
  void theRouteSaysItOrElseTheVirtualHost() {
    var host =
        """
        retry_policy: {retry_on: reset, per_try_timeout: 1s}, hedge_policy: {hedge_on_per_try_timeout: true},
        include_request_attempt_count: true, include_attempt_count_in_response: true,
        include_is_timeout_retry_header: true, request_body_buffer_limit: 5,
        """;
    var ofHost = rules(host, "", "");
    assertThat(ofHost.retry().on()).isEqualTo(RetryOn.RESET.bit());
    assertThat(ofHost.retry().perTryTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(ofHost)
        .isEqualTo(new AttemptRules(ofHost.retry(), true, true, true, true, 5, Long.MAX_VALUE));

    var own =
        rules(
            host,
            "per_request_buffer_limit_bytes: 7,",
            "retry_policy: {retry_on: 5xx}, hedge_policy: {hedge_on_per_try_timeout: false}");
    assertThat(own.retry().on()).isEqualTo(RetryOn.SERVER_ERROR.bit());
    assertThat(own.retry().perTryTimeout()).isZero();
    assertThat(own).isEqualTo(new AttemptRules(own.retry(), false, true, true, true, -1, 7));
    assertThat(rules(host, "request_body_buffer_limit: 9,", "").bodyLimit()).isEqualTo(9);
  }

  @Test
  void onlyOneLimitOfTheBodyCanBeSet() {
    assertThat(
            Yaml.problems(
                ResourceKind.ROUTES,
                table("", "per_request_buffer_limit_bytes: 7, request_body_buffer_limit: 7,", "")))
        .containsExactly(
            "virtual_hosts[0].routes[0].request_body_buffer_limit: only one of"
                + " per_request_buffer_limit_bytes and request_body_buffer_limit can be set");
  }
}
