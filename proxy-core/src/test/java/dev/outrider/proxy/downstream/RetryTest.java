package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.CircuitBreakers.RetryBudget;
import dev.outrider.proxy.cluster.CircuitBreakers.Thresholds;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.InternalAddresses;
import dev.outrider.proxy.downstream.MemoryProxy.Peer;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.HeaderMatcher;
import dev.outrider.proxy.routing.HeaderTest;
import dev.outrider.proxy.routing.RetryHosts;
import dev.outrider.proxy.routing.RetryOn;
import dev.outrider.proxy.routing.RetryPolicy;
import dev.outrider.proxy.routing.RetryPolicy.BackOff;
import dev.outrider.proxy.routing.RetryPolicy.RateLimitedBackOff;
import dev.outrider.proxy.routing.RetryPolicy.ResetHeader;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import dev.outrider.proxy.routing.ValueMatcher;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What happens when an attempt fails, with time standing still.
class RetryTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\n\n";
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";
  private static final String FAILED = "HTTP/1.1 503 Unavailable\ncontent-length: 2\n\nno";

  /// Longer than any wait between attempts.
  private static final int WAIT = 300;

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  private static RetryPolicy policy(String on) {
    return new RetryPolicy(
        RetryOn.parse(on),
        1,
        Duration.ZERO,
        Duration.ZERO,
        BackOff.DEFAULT,
        null,
        RetryHosts.ANY,
        List.of(418),
        List.of(new HeaderTest(new HeaderMatcher(HeaderName.of("x-again"), PRESENT))),
        List.of());
  }

  private static final ValueMatcher PRESENT = new ValueMatcher.Presence(true);

  private static RetryPolicy timed(String on, int perTryMillis, int idleMillis) {
    var plain = policy(on);
    return new RetryPolicy(
        plain.on(),
        1,
        Duration.ofMillis(perTryMillis),
        Duration.ofMillis(idleMillis),
        plain.backOff(),
        null,
        plain.hosts(),
        plain.statusCodes(),
        plain.headers(),
        List.of());
  }

  private void route(RetryPolicy policy) {
    route(policy, builder -> builder);
  }

  private void route(RetryPolicy policy, UnaryOperator<RouteAction.Forward.Builder> more) {
    route(new AttemptRules(policy, false, true, true, true, -1, Long.MAX_VALUE), more);
  }

  private void route(AttemptRules rules, UnaryOperator<RouteAction.Forward.Builder> more) {
    var builder = RouteAction.Forward.builder(new ClusterChoice.Single("svc")).attempts(rules);
    proxy.action = more.apply(builder).build();
    proxy.configured();
  }

  private Peer upstream(int index) {
    return proxy.upstreams.get(index);
  }

  private long stat(String name) {
    return proxy.stat("cluster.svc." + name);
  }

  // ---- responses

  @Test
  void aFailedResponseIsNotSeenIfTheNextOneIsGood() {
    route(policy("5xx"));
    var client = proxy.client().send(GET);
    assertThat(proxy.upstream().received())
        .contains("x-envoy-attempt-count: 1\n")
        .doesNotContain("x-envoy-is-timeout-retry");
    proxy.upstream().send(FAILED);
    assertThat(client.received()).isEmpty();

    proxy.advance(WAIT);

    assertThat(proxy.upstream().received())
        .startsWith("GET /a HTTP/1.1\n")
        .contains("x-envoy-attempt-count: 2\n", "x-envoy-is-timeout-retry: false\n");
    proxy.upstream().send(OK);
    assertThat(client.received())
        .startsWith("HTTP/1.1 200 OK\n")
        .contains("x-envoy-attempt-count: 2\n")
        .endsWith("\n\nok");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
    assertThat(stat("upstream_rq_retry")).isOne();
    assertThat(stat("upstream_rq_retry_success")).isOne();
    assertThat(stat("upstream_rq_retry_backoff_exponential")).isOne();
    assertThat(stat("retry.upstream_rq_503")).isOne();
    assertThat(stat("upstream_rq_200")).isOne();
    assertThat(proxy.hasStat("cluster.svc.upstream_rq_503")).isFalse();
  }

  @Test
  void theLastFailureIsSeenWhenItHasBeenTriedOftenEnough() {
    route(policy("5xx"));
    var client = proxy.client().send(GET);
    proxy.upstream().send(FAILED);
    proxy.advance(WAIT);
    proxy.upstream().send(FAILED);

    assertThat(client.received()).startsWith("HTTP/1.1 503 Service Unavailable\n");
    assertThat(proxy.log).containsExactly("503 URX via_upstream");
    assertThat(stat("upstream_rq_retry_limit_exceeded")).isOne();
    assertThat(stat("upstream_rq_retry_success")).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "5xx, 500, true",
    "5xx, 600, false",
    "5xx, 404, false",
    "gateway-error, 502, true",
    "gateway-error, 504, true",
    "gateway-error, 500, false",
    "retriable-4xx, 409, true",
    "retriable-4xx, 404, false",
    "retriable-status-codes, 418, true",
    "retriable-status-codes, 503, false",
    "connect-failure, 503, false",
    "'nonsense,5xx', 503, true",
    "reset, 503, false"
  })
  void theStatusDecides(String on, int status, boolean again) {
    route(policy(on));
    var client = proxy.client().send(GET);
    proxy.upstream().received();

    proxy.upstream().send("HTTP/1.1 " + status + " X\ncontent-length: 0\n\n");
    proxy.advance(WAIT);

    assertThat(proxy.upstream().received().isEmpty()).isEqualTo(!again);
    assertThat(client.received().isEmpty()).isEqualTo(again);
  }

  @ParameterizedTest
  @CsvSource({
    "retriable-headers, x-again: 1, true",
    "retriable-headers, x-other: 1, false",
    "envoy-ratelimited, x-envoy-ratelimited: true, true",
    "5xx, x-envoy-ratelimited: true, false",
    "unavailable, grpc-status: 14, true",
    "unavailable, grpc-status: 13, false",
    "'cancelled,internal', grpc-status: 13, true",
    "deadline-exceeded, grpc-status: 4, true",
    "resource-exhausted, grpc-status: 8, true"
  })
  void aHeaderOfTheResponseDecides(String on, String header, boolean again) {
    route(policy(on));
    var client = proxy.client().send(GET);
    proxy.upstream().received();
    var status = header.startsWith("x-envoy") ? "503 X" : "200 OK";

    proxy.upstream().send("HTTP/1.1 " + status + "\n" + header + "\ncontent-length: 0\n\n");
    proxy.advance(WAIT);

    assertThat(proxy.upstream().received().isEmpty()).isEqualTo(!again);
    assertThat(client.received().isEmpty()).isEqualTo(again);
  }

  @Test
  void aResponseThatHasBegunIsNeverTriedAgain() {
    route(policy("5xx,reset"));
    var client = proxy.client().send(GET);
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 9\n\nok").close();
    proxy.advance(WAIT);

    assertThat(client.open()).isFalse();
    assertThat(proxy.upstreams).hasSize(1);
    assertThat(proxy.log)
        .containsExactly("200 UPE upstream_reset_after_response_started{protocol_error}");
    assertThat(stat("upstream_rq_retry")).isZero();
  }

  @Test
  void anInterimResponseIsABeginning() {
    route(policy("5xx"));
    var client = proxy.client().send(GET);
    proxy.upstream().send("HTTP/1.1 103 Early Hints\n\n" + FAILED);

    assertThat(client.received()).startsWith("HTTP/1.1 503 Service Unavailable\n");
    assertThat(stat("upstream_rq_retry")).isZero();
  }

  // ---- resets

  @Test
  void aRefusedConnectionIsTriedAgainAndToldInTheEnd() {
    proxy.connects = false;
    route(policy("connect-failure"));
    var client = proxy.client().send(GET);
    assertThat(client.received()).isEmpty();
    proxy.advance(WAIT);

    assertThat(client.received())
        .startsWith("HTTP/1.1 503 Service Unavailable\n")
        .contains("x-envoy-attempt-count: 2\n")
        .endsWith(
            "upstream connect error or disconnect/reset before headers. retried and the latest"
                + " reset reason: remote connection failure");
    assertThat(proxy.upstreams).hasSize(2);
    assertThat(proxy.log)
        .containsExactly(
            "503 URX,UF upstream_reset_before_response_started{remote_connection_failure|delayed"
                + "_connect_error:_Connection_refused}");
  }

  @ParameterizedTest
  @CsvSource({
    "reset, true",
    "5xx, true",
    "gateway-error, true",
    "connect-failure, false",
    "refused-stream, false",
    "reset-before-request, false",
    "retriable-status-codes, false"
  })
  void aConnectionThatEndsDecides(String on, boolean again) {
    route(policy(on));
    proxy.client().send(GET);

    proxy.upstream().close();
    proxy.advance(WAIT);

    assertThat(proxy.upstreams).hasSize(again ? 2 : 1);
  }

  @Test
  void whatDidNotReachTheServiceIsTriedAgain() {
    proxy.connects = false;
    route(policy("reset-before-request"));
    proxy.client().send(GET);
    proxy.connects = true;
    proxy.advance(WAIT);
    proxy.upstream().send(OK);

    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void anOverflowIsNotTriedAgain() {
    proxy.breakers(new Thresholds(10, 10, 0, 3));
    route(policy("5xx,reset,connect-failure"));

    assertThat(proxy.client().send(GET).received()).contains("x-envoy-overloaded: true\n");
    assertThat(proxy.log)
        .containsExactly("503 UO upstream_reset_before_response_started{overflow}");
    assertThat(stat("upstream_rq_retry")).isZero();
  }

  // ---- limits

  @Test
  void thereAreNoMoreRetriesThanTheClusterAllows() {
    proxy.breakers(new Thresholds(10, 10, 10, 0));
    route(policy("5xx"));
    var client = proxy.client().send(GET);
    proxy.upstream().send(FAILED);

    assertThat(client.received()).startsWith("HTTP/1.1 503 Service Unavailable\n").endsWith("no");
    assertThat(proxy.log).containsExactly("503 UO via_upstream");
    assertThat(stat("upstream_rq_retry_overflow")).isOne();
  }

  @Test
  void aBudgetGrowsWithTheNumberOfRequests() {
    proxy.breakers(new Thresholds(10, 10, 10, 3, new RetryBudget(50, 0)));
    route(policy("5xx"));
    var first = proxy.client().send(GET);
    upstream(0).send(FAILED); // alone: half of one request is none
    assertThat(first.received()).startsWith("HTTP/1.1 503");
    proxy.client().send(GET);
    proxy.client().send(GET);
    var third = proxy.client().send(GET);

    proxy.upstream().send(FAILED);

    assertThat(third.received()).isEmpty();
    assertThat(stat("upstream_rq_retry")).isOne();
    assertThat(stat("upstream_rq_retry_overflow")).isOne();
    assertThat(stat("circuit_breakers.default.rq_retry_open")).isOne();
  }

  // ---- the body

  @Test
  void theBodyIsSentAgain() {
    route(policy("5xx"));
    var client =
        proxy.client().send("POST /a HTTP/1.1\nhost: h\ntransfer-encoding: chunked\n\n3\nabc\n");
    client.send("4\ndefg\n0\n\n");
    assertThat(proxy.upstream().received()).endsWith("\n\n3\nabc\n4\ndefg\n0\n\n");
    proxy.upstream().send(FAILED);
    proxy.advance(WAIT);

    assertThat(proxy.upstream().received()).startsWith("POST /a").contains("abc", "defg");
    proxy.upstream().send(OK);
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void whatComesOfABodyMeanwhileGoesToTheNextAttempt() {
    route(policy("5xx"));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 9\n\nabc");
    proxy.upstream().send(FAILED);
    client.send("def");
    proxy.advance(WAIT);
    client.send("ghi");

    assertThat(upstream(1).received()).endsWith("\n\nabcdefghi");
    upstream(1).send(OK);
    assertThat(client.received()).endsWith("\n\nok");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void aBodyThatIsTooLargeIsNotKept() {
    proxy.bufferLimit = 5;
    route(policy("5xx"));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 6\n\nabcdef");
    proxy.upstream().send(FAILED);

    assertThat(client.received()).startsWith("HTTP/1.1 503");
    assertThat(proxy.log).containsExactly("503 - via_upstream");
    assertThat(stat("retry_or_shadow_abandoned")).isOne();
  }

  @Test
  void aRouteMayKeepMoreOrLessOfABody() {
    route(
        new AttemptRules(policy("5xx"), false, false, false, false, 2, Long.MAX_VALUE),
        builder -> builder);
    proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 3\n\nabc");

    assertThat(stat("retry_or_shadow_abandoned")).isOne();
  }

  @Test
  void aBodyThatGrowsTooLargeWhileNobodyTakesItIsRefused() {
    proxy.bufferLimit = 5;
    route(policy("5xx"));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 9\n\nabc");
    proxy.upstream().send(FAILED);
    client.send("def");

    assertThat(client.received())
        .startsWith("HTTP/1.1 507 Insufficient Storage\n")
        .contains("x-envoy-attempt-count: 1\n")
        .endsWith("exceeded request buffer limit while retrying upstream");
    assertThat(proxy.log).containsExactly("507 - request_payload_exceeded_retry_buffer_limit");
    assertThat(proxy.upstreams).hasSize(1);
  }

  // ---- nobody waits any more

  @Test
  void aClientThatLeavesDuringTheWaitEndsIt() {
    route(policy("5xx"));
    var client = proxy.client().send(GET);
    proxy.upstream().send(FAILED);

    client.close();
    proxy.advance(WAIT);

    assertThat(proxy.log).containsExactly("0 DC downstream_remote_disconnect");
    assertThat(proxy.permits()).isZero();
    assertThat(proxy.upstreams).hasSize(1);
  }

  @Test
  void theTimeOfTheRouteIsThatOfAllAttempts() {
    route(
        timed("5xx", 0, 0),
        builder -> builder.timeouts(new RouteTimeouts(Duration.ofSeconds(1), null)));
    var client = proxy.client().send(GET);
    assertThat(proxy.upstream().received()).contains("x-envoy-expected-rq-timeout-ms: 1000\n");
    proxy.advance(600);
    proxy.upstream().send(FAILED);
    proxy.advance(WAIT);
    var second = proxy.upstream().received();
    assertThat(second).contains("x-envoy-expected-rq-timeout-ms: ");
    assertThat(second).doesNotContain("x-envoy-expected-rq-timeout-ms: 1000\n");
    proxy.advance(200);

    assertThat(client.received()).startsWith("HTTP/1.1 504 Gateway Timeout\n");
    assertThat(proxy.log).containsExactly("504 UT response_timeout");
    assertThat(stat("upstream_rq_timeout")).isOne();
  }

  @Test
  void theTimeMayBeOverDuringTheWait() {
    var policy = policy("5xx");
    route(
        new RetryPolicy(
            policy.on(),
            1,
            Duration.ZERO,
            Duration.ZERO,
            new BackOff(Duration.ofHours(1), Duration.ofHours(1)),
            null,
            RetryHosts.ANY,
            List.of(),
            List.of(),
            List.of()),
        builder -> builder.timeouts(new RouteTimeouts(Duration.ofMillis(100), null)));
    proxy.client().send(GET);
    proxy.upstream().send(FAILED);
    proxy.advance(200);

    assertThat(proxy.log).containsExactly("504 UT response_timeout");
    assertThat(stat("upstream_rq_timeout")).isZero();
    assertThat(proxy.permits()).isZero();
  }

  // ---- one attempt too slow

  @Test
  void aSlowAttemptIsGivenUpForAnother() {
    route(timed("5xx", 100, 0));
    var client = proxy.client().send(GET);
    assertThat(upstream(0).received()).contains("x-envoy-expected-rq-timeout-ms: 100\n");
    proxy.advance(110);
    assertThat(upstream(0).open()).isFalse();
    proxy.advance(WAIT);

    assertThat(upstream(1).received()).contains("x-envoy-is-timeout-retry: true\n");
    upstream(1).send(OK);
    assertThat(client.received()).startsWith("HTTP/1.1 200 OK\n");
    assertThat(stat("upstream_rq_per_try_timeout")).isOne();
  }

  @Test
  void slowAttemptsOnlyAreToldAsThat() {
    route(timed("5xx", 100, 0));
    var client = proxy.client().send(GET);
    proxy.advance(110);
    proxy.advance(30); // the wait
    proxy.advance(110);

    assertThat(client.received())
        .startsWith("HTTP/1.1 504 Gateway Timeout\n")
        .endsWith("upstream request timeout");
    assertThat(proxy.log).containsExactly("504 URX,UT upstream_per_try_timeout");
    assertThat(stat("upstream_rq_per_try_timeout")).isEqualTo(2);
    assertThat(stat("upstream_rq_504")).isOne();
  }

  @Test
  void theTimeOfAnAttemptRunsFromItsConnection() {
    proxy.connectsLater = true;
    route(timed("5xx", 100, 0));
    proxy.client().send(GET);
    proxy.advance(200);
    proxy.connectNow();
    proxy.advance(50);
    proxy.upstream().send(OK);

    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void aSilentAttemptIsGivenUpEvenInsideItsResponse() {
    route(timed("5xx", 0, 100));
    var client = proxy.client().send(GET);
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 9\n\na");
    proxy.advance(60);
    proxy.upstream().send("b");
    proxy.advance(60);
    assertThat(client.open()).isTrue();
    proxy.advance(60);

    assertThat(client.open()).isFalse();
    assertThat(proxy.log).containsExactly("200 UT upstream_per_try_idle_timeout");
    assertThat(stat("upstream_rq_per_try_idle_timeout")).isOne();
  }

  // ---- hedging

  private void hedging() {
    route(
        new AttemptRules(timed("5xx", 100, 0), true, false, true, false, -1, Long.MAX_VALUE),
        builder -> builder);
  }

  @Test
  void theFirstOfTwoAttemptsThatAnswersIsTaken() {
    hedging();
    var client = proxy.client().send(GET);
    assertThat(upstream(0).received()).contains("x-envoy-expected-rq-timeout-ms: 15000\n");
    proxy.advance(110);
    proxy.advance(WAIT);
    assertThat(proxy.upstreams).hasSize(2);

    upstream(1).send(OK);

    assertThat(client.received()).startsWith("HTTP/1.1 200 OK\n");
    assertThat(upstream(0).open()).isFalse();
    assertThat(upstream(1).open()).isTrue();
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void theSlowAttemptMayStillAnswerFirst() {
    hedging();
    var client = proxy.client().send(GET);
    proxy.advance(110);
    proxy.advance(WAIT);

    upstream(0).send(OK);

    assertThat(client.received()).contains("x-envoy-attempt-count: 2\n").endsWith("ok");
    assertThat(upstream(1).open()).isFalse();
    assertThat(upstream(0).open()).isTrue();
  }

  @Test
  void aBadAnswerIsNotTakenWhileAnotherMayCome() {
    hedging();
    var client = proxy.client().send(GET);
    proxy.advance(110);
    proxy.advance(WAIT);

    upstream(0).send(FAILED);
    assertThat(client.received()).isEmpty();
    upstream(1).send(OK);

    assertThat(client.received()).endsWith("ok");
  }

  @Test
  void aResetIsNotToldWhileAnotherAnswerMayCome() {
    hedging();
    var client = proxy.client().send(GET);
    proxy.advance(110);
    proxy.advance(WAIT);

    upstream(0).close();
    assertThat(client.received()).isEmpty();
    upstream(1).close();

    assertThat(client.received()).startsWith("HTTP/1.1 503");
  }

  @Test
  void aClientThatLeavesEndsBothAttempts() {
    hedging();
    var client = proxy.client().send(GET);
    proxy.advance(110);
    proxy.advance(WAIT);

    client.close();

    assertThat(upstream(0).open() || upstream(1).open()).isFalse();
  }

  // ---- what the request asks for

  private void internal() {
    var ours = new InternalAddresses(true, List.of(new IpRange(IpAddress.v4(0), 0)));
    proxy.forwarding = new ForwardingOptions(true, 0, true, false, ours, List.of(), "", null, "");
  }

  @Test
  void aRequestAsksForRetriesItself() {
    internal();
    route(RetryPolicy.NONE);
    proxy
        .client()
        .send(
            """
            GET /a HTTP/1.1
            host: h
            x-envoy-retry-on: retriable-status-codes,retriable-headers
            x-envoy-retriable-status-codes: x,418
            x-envoy-retriable-header-names: x-b
            x-envoy-max-retries: 2

            """);
    assertThat(proxy.upstream().received()).doesNotContain("x-envoy-retr", "x-envoy-max");

    proxy.upstream().send("HTTP/1.1 418 X\ncontent-length: 0\n\n");
    proxy.advance(WAIT);
    proxy.upstream().send("HTTP/1.1 200 OK\nx-b: 1\ncontent-length: 0\n\n");
    proxy.advance(WAIT);
    proxy.upstream().send("HTTP/1.1 418 X\ncontent-length: 0\n\n");

    assertThat(proxy.log).containsExactly("418 URX via_upstream");
    assertThat(stat("upstream_rq_retry")).isEqualTo(2);
  }

  @Test
  void aRequestAsksForOtherTimes() {
    internal();
    route(RetryPolicy.NONE);
    proxy
        .client()
        .send(
            """
            GET /a HTTP/1.1
            host: h
            x-envoy-upstream-rq-timeout-ms: 500
            x-envoy-upstream-rq-per-try-timeout-ms: 100
            x-envoy-upstream-rq-timeout-alt-response: 1

            """);
    assertThat(proxy.upstream().received()).contains("x-envoy-expected-rq-timeout-ms: 100\n");
    proxy.advance(110);

    assertThat(proxy.log).containsExactly("204 UT upstream_per_try_timeout");
  }

  @Test
  void onlyRequestsThatSayItAreRetried() {
    var plain = policy("5xx");
    var test = new HeaderTest(new HeaderMatcher(HeaderName.of("x-safe"), PRESENT));
    route(
        new RetryPolicy(
            plain.on(),
            1,
            Duration.ZERO,
            Duration.ZERO,
            plain.backOff(),
            null,
            RetryHosts.ANY,
            List.of(),
            List.of(),
            List.of(test)));
    var client = proxy.client().send(GET);
    proxy.upstream().send(FAILED);
    assertThat(client.received()).startsWith("HTTP/1.1 503");

    client.send("GET /a HTTP/1.1\nhost: h\nx-safe: 1\n\n");
    proxy.upstream().send(FAILED);

    assertThat(client.received()).isEmpty();
  }

  // ---- how long and where

  private void limited(boolean timestamp) {
    var plain = policy("5xx");
    route(
        new RetryPolicy(
            plain.on(),
            1,
            Duration.ZERO,
            Duration.ZERO,
            plain.backOff(),
            new RateLimitedBackOff(
                List.of(new ResetHeader(HeaderNames.RETRY_AFTER, timestamp)),
                Duration.ofSeconds(60)),
            RetryHosts.ANY,
            List.of(),
            List.of(),
            List.of()),
        builder -> builder.timeouts(new RouteTimeouts(Duration.ZERO, null)));
  }

  private boolean sentAgainBefore(String retryAfter, int millis) {
    proxy.client().send(GET);
    proxy.upstream().received();
    proxy.upstream().send("HTTP/1.1 503 X\nretry-after: " + retryAfter + "\ncontent-length: 0\n\n");
    proxy.advance(millis);
    return !proxy.upstream().received().isEmpty();
  }

  @Test
  void aServiceSaysHowLongToWait() {
    limited(false);

    assertThat(sentAgainBefore("10", 9_900)).isFalse();
    proxy.advance(5_200);
    assertThat(proxy.upstream().received()).isNotEmpty();
    assertThat(stat("upstream_rq_retry_backoff_ratelimited")).isOne();
  }

  @ParameterizedTest
  @CsvSource({"61", "soon", "-1"})
  void aServiceThatWantsTooMuchIsNotListenedTo(String retryAfter) {
    limited(false);

    assertThat(sentAgainBefore(retryAfter, WAIT)).isTrue();
    assertThat(stat("upstream_rq_retry_backoff_exponential")).isOne();
  }

  @Test
  void aServiceSaysWhenToComeAgain() {
    limited(true);
    var now = proxy.loop.clock().epochMicros() / 1_000_000;

    assertThat(sentAgainBefore(String.valueOf(now + 10), 8_900)).isFalse();
    proxy.advance(6_300);
    assertThat(proxy.upstream().received()).isNotEmpty();
  }

  @Test
  void anotherEndpointIsPreferred() {
    proxy.endpoints(endpoint(1, 0), endpoint(2, 0));
    route(at(new RetryHosts(true, false, List.of(), 10, 0)));
    for (var i = 0; i < 4; i++) {
      proxy.client().send(GET);
      var first = proxy.connectedTo.getLast();
      proxy.upstream().close();
      proxy.advance(WAIT);

      assertThat(proxy.connectedTo.getLast()).isNotEqualTo(first);
      proxy.upstream().send("HTTP/1.1 200 OK\nconnection: close\ncontent-length: 0\n\n");
    }
  }

  @Test
  void anotherPriorityIsPreferred() {
    proxy.endpoints(endpoint(1, 0), endpoint(2, 1));
    route(at(new RetryHosts(false, false, List.of(), 1, 1)));
    proxy.client().send(GET);
    proxy.upstream().close();
    proxy.advance(WAIT);

    assertThat(proxy.connectedTo).containsExactly("10.0.0.1", "10.0.0.2");
  }

  private static EndpointSpec endpoint(int number, int priority) {
    var plain = new EndpointSpec(new HostPort("10.0.0." + number, 80));
    return new EndpointSpec(
        plain.address(), "", 1, priority, plain.locality(), plain.health(), plain.metadata());
  }

  private static RetryPolicy at(@Nullable RetryHosts hosts) {
    var plain = policy("5xx");
    return new RetryPolicy(
        plain.on(),
        1,
        Duration.ZERO,
        Duration.ZERO,
        plain.backOff(),
        null,
        hosts == null ? RetryHosts.ANY : hosts,
        List.of(),
        List.of(),
        List.of());
  }
}
