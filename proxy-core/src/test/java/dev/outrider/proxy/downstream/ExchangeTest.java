package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.IpAddress;
import dev.outrider.proxy.cluster.IpRange;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.HostOptions;
import dev.outrider.proxy.config.HttpLimits;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.InternalAddresses;
import dev.outrider.proxy.config.PathOptions;
import dev.outrider.proxy.config.PathOptions.EscapedSlashes;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.filter.BodyStatus;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.FilterSwitches;
import dev.outrider.proxy.routing.HostRewrite;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.RegexSubstitution;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import dev.outrider.proxy.routing.TargetRewrite;
import dev.outrider.proxy.routing.UpgradeRules;
import dev.outrider.proxy.stream.AccessLogType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One exchange after the other with time standing still: timeouts, endings, and what the access
/// log says about them.
class ExchangeTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\n\n";
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void anExchangeIsLoggedOnceWithItsEnd() {
    var client = proxy.client().send(GET);
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 4\n\nok");
    assertThat(proxy.log).isEmpty();
    proxy.upstream().send("ay");

    assertThat(client.received()).startsWith("HTTP/1.1 200 OK\n").endsWith("\n\nokay");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void aClientThatLeavesInsideAHeadIsLoggedFromItsFirstByteOn() {
    var client = proxy.client().send("GET /a HT");
    proxy.advance(1_000);

    client.close();

    assertThat(proxy.log).containsExactly("0 DC downstream_remote_disconnect");
    assertThat(proxy.infos.getFirst().durationNanos()).isEqualTo(1_000_000_000L);
    assertThat(proxy.stat("http.test.downstream_rq_total")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_rq_rx_reset")).isEqualTo(1);
  }

  /// The figures are those of Envoy 1.40 for the same bytes, but for the names of the two servers.
  @Test
  void anExchangeIsMeasuredOnTheWire() {
    var sent = "POST /a HTTP/1.1\nhost: h\ntransfer-encoding: chunked\n\n3\nabc\n0\n\n";
    var client = proxy.client().send(sent);
    var seen = proxy.upstream().received().replace("\n", "\r\n");
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 2\nx-a: b\n\nok");

    var answer = client.received().replace("\n", "\r\n");
    var figures = proxy.infos.getFirst();
    assertThat(figures.wire().get(0)).isEqualTo(sent.replace("\n", "\r\n").length());
    assertThat(figures.wire().get(1)).isEqualTo(answer.length());
    assertThat(figures.wire().get(2)).isEqualTo(48);
    assertThat(figures.wire().get(3)).isEqualTo(seen.length());
    assertThat(figures.headers().get(0)).isEqualTo(35);
    assertThat(figures.headers().get(2)).isEqualTo(25);
    assertThat(figures.headers().get(3))
        .isEqualTo(seen.length() - "POST /a HTTP/1.1\r\n\r\n3\r\nabc\r\n0\r\n\r\n".length());
    assertThat(figures.headers().get(1))
        .isEqualTo(answer.length() - "HTTP/1.1 200 OK\r\n\r\nok".length());
  }

  @Test
  void logsAreWrittenAtTheStartInBetweenAndAtTheEnd() {
    proxy.logOptions = new AccessLogOptions(true, true, 1_000);
    proxy.configured().client().send(GET);

    assertThat(proxy.logTypes).containsExactly(AccessLogType.DOWNSTREAM_START);
    proxy.advance(1_100);
    proxy.advance(1_100);
    proxy.upstream().send(OK);
    proxy.advance(2_500);

    assertThat(proxy.logTypes)
        .containsExactly(
            AccessLogType.DOWNSTREAM_START,
            AccessLogType.DOWNSTREAM_PERIODIC,
            AccessLogType.DOWNSTREAM_PERIODIC,
            AccessLogType.DOWNSTREAM_END);
    assertThat(proxy.log).containsExactly("0 - ", "0 - ", "0 - ", "200 - via_upstream");
    assertThat(proxy.infos.get(1).durationNanos()).isEqualTo(1_100_000_000L);
    assertThat(proxy.infos.get(3).durationNanos()).isEqualTo(2_200_000_000L);
  }

  @Test
  void filtersKnowTheClusterOfTheRouteBeforeAnythingIsSentThere() {
    var seen = new ArrayList<String>();
    proxy
        .filter(
            stream ->
                new HttpFilter() {
                  @Override
                  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                    var info = stream.info();
                    seen.add(info.clusterName() + " " + info.upstream().endpoints());
                    return HeadStatus.CONTINUE;
                  }
                })
        .configured();

    proxy.client().send(GET);
    proxy.upstream().send(OK);

    assertThat(seen).containsExactly("svc 1");
  }

  @Test
  void aPathWithEscapedSlashesIsRedirectedAndTheConnectionStays() {
    proxy.requests = withPath(new PathOptions(false, false, EscapedSlashes.REDIRECT));
    var client = proxy.configured().client();

    assertThat(client.send("GET /a%2fb?c HTTP/1.1\nhost: h\n\n").received())
        .startsWith("HTTP/1.1 307 Temporary Redirect\nlocation: /a/b?c\n");
    client.send(GET);
    proxy.upstream().send(OK);

    assertThat(proxy.log).containsExactly("307 - path_normalization_failed", "200 - via_upstream");
    assertThat(proxy.stat("http.test.downstream_rq_redirected_with_normalized_path")).isOne();
    assertThat(proxy.stat("http.test.downstream_rq_failed_path_normalization")).isZero();
  }

  /// `location: //evil.test` would send the client to another host.
  @ParameterizedTest
  @CsvSource({
    "/%2fevil.test, /.//evil.test",
    "/%5cevil.test, /./\\evil.test",
    "//evil.test/%2f, /.//evil.test//"
  })
  void aRedirectNeverLeadsToAnotherHost(String path, String location) {
    proxy.requests = withPath(new PathOptions(false, false, EscapedSlashes.REDIRECT));
    var client = proxy.configured().client();

    assertThat(client.send("GET " + path + " HTTP/1.1\nhost: h\n\n").received())
        .startsWith("HTTP/1.1 307 Temporary Redirect\nlocation: " + location + "\n");
  }

  @Test
  void aGrpcCallIsNotRedirectedButRefused() {
    proxy.requests = withPath(new PathOptions(false, false, EscapedSlashes.REDIRECT));
    var client = proxy.configured().client();

    client.send("POST /a%2fb HTTP/1.1\nhost: h\ncontent-type: application/grpc\n\n");

    assertThat(client.received())
        .startsWith("HTTP/1.1 200 OK\n")
        .contains("\ngrpc-status: 13\n", "\nconnection: close\n");
    assertThat(proxy.stat("http.test.downstream_rq_failed_path_normalization")).isOne();
  }

  @Test
  void aPathWithoutNormalFormIsRefusedAndTheConnectionEnds() {
    proxy.requests = withPath(new PathOptions(true, false, EscapedSlashes.KEEP));
    var client = proxy.configured().client();

    assertThat(client.send("GET /a%00 HTTP/1.1\nhost: h\n\n").received())
        .startsWith("HTTP/1.1 400 Bad Request\n")
        .contains("\nconnection: close\n");
    assertThat(proxy.log).containsExactly("400 - path_normalization_failed");
    assertThat(proxy.stat("http.test.downstream_rq_failed_path_normalization")).isOne();
  }

  private static RequestOptions withPath(PathOptions path) {
    return new RequestOptions(
        UpgradeRules.NONE, false, UnderscoreNames.ALLOW, path, HostOptions.DEFAULT, List.of());
  }

  private static HttpFilter naming(String name, List<String> seen) {
    return new HttpFilter() {
      @Override
      public HeadStatus onRequestHead(HeaderMap head, boolean end) {
        seen.add(name);
        return HeadStatus.CONTINUE;
      }
    };
  }

  @Test
  void whatAClientSaysAboutItsCertificateGoesNoFurther() {
    proxy.client().send("GET /a HTTP/1.1\nhost: h\nx-forwarded-client-cert: By=a;Hash=1\n\n");

    assertThat(proxy.upstream().received()).doesNotContain("x-forwarded-client-cert");
  }

  @Test
  void whatAnInternalClientAsksOfTheRouterIsNotForTheNextHop() {
    var ours = new IpRange(IpAddress.v4(0), 0);
    proxy.forwarding =
        new ForwardingOptions(
            true,
            0,
            true,
            false,
            new InternalAddresses(true, List.of(ours)),
            List.of(),
            "",
            null,
            "");
    var client = proxy.configured().client();

    client.send(
        "GET /a HTTP/1.1\nhost: h\nx-envoy-upstream-rq-timeout-ms: 70\nx-envoy-max-retries: 1\n\n");

    assertThat(proxy.upstream().received())
        .contains("\nx-envoy-internal: true\n", "\nx-envoy-expected-rq-timeout-ms: 70\n")
        .doesNotContain("x-envoy-upstream-rq-timeout-ms", "x-envoy-max-retries");
    proxy.advance(200);
    assertThat(proxy.log).containsExactly("504 UT response_timeout");
  }

  @Test
  void aRouteTurnsFiltersOffByTheirNames() {
    var seen = new ArrayList<String>();
    proxy.switches = new FilterSwitches(Map.of("f0", false, "f1", true));
    proxy
        .filter(_ -> naming("f0", seen))
        .filter(_ -> naming("f1", seen))
        .filter(_ -> naming("f2", seen))
        .configured();

    proxy.client().send(GET);
    proxy.upstream().send(OK);

    assertThat(seen).containsExactly("f1", "f2");
  }

  @Test
  void aFilterThatIsOffIsTurnedOnByARoute() {
    var seen = new ArrayList<String>();
    proxy.filterThatIsOff(_ -> naming("f0", seen)).filterThatIsOff(_ -> naming("f1", seen));
    proxy.switches = new FilterSwitches(Map.of("f1", true));
    proxy.configured();

    proxy.client().send(GET);
    proxy.upstream().send(OK);

    assertThat(seen).containsExactly("f1");
  }

  @Test
  void aFilterThatThrowsAtTheEndKeepsNobodyFromBeingTold() {
    var seen = new ArrayList<String>();
    for (var name : List.of("f0", "f1", "f2")) {
      proxy.filter(
          _ ->
              new HttpFilter() {
                @Override
                public void onStreamEnd() {
                  seen.add(name);
                  if (!name.equals("f2")) {
                    throw new IllegalStateException(name);
                  }
                }
              });
    }

    proxy.configured().client().send(GET);
    proxy.upstream().send(OK);

    assertThat(seen).containsExactly("f0", "f1", "f2");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void aClientThatLeavesIsLoggedAsThat() {
    var client = proxy.client().send(GET);

    client.close();

    assertThat(proxy.log).containsExactly("0 DC downstream_remote_disconnect");
    assertThat(proxy.upstream().open()).isFalse();
    assertThat(proxy.stat("http.test.downstream_cx_destroy_remote_active_rq")).isEqualTo(1);
  }

  @Test
  void aRefusedConnectionIsLoggedWithItsReason() {
    proxy.connects = false;

    var client = proxy.client().send(GET);

    assertThat(client.received())
        .startsWith("HTTP/1.1 503")
        .endsWith("reset reason: remote connection failure");
    assertThat(proxy.log)
        .containsExactly(
            "503 UF"
                + " upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:"
                + "_Connection_refused}");
  }

  @Test
  void aResponseCutShortIsLoggedAndClosesTheClient() {
    var client = proxy.client().send(GET);
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 9\n\nok").close();

    assertThat(client.received()).endsWith("ok");
    assertThat(client.open()).isFalse();
    assertThat(proxy.log)
        .containsExactly("200 UPE upstream_reset_after_response_started{protocol_error}");
    assertThat(proxy.stat("http.test.downstream_rq_rx_reset")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_cx_destroy_active_rq")).isZero();
    assertThat(proxy.stat("cluster.svc.upstream_cx_protocol_error")).isEqualTo(1);
  }

  @Test
  void theRouteTimeoutRunsFromTheEndOfTheRequest() {
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 2\n\na");
    proxy.advance(20_000);
    assertThat(proxy.log).isEmpty();
    client.send("b");

    proxy.advance(14_900);
    assertThat(proxy.log).isEmpty();
    proxy.advance(200);

    assertThat(client.received()).startsWith("HTTP/1.1 504").endsWith("upstream request timeout");
    assertThat(proxy.log).containsExactly("504 UT response_timeout");
    assertThat(client.open()).isTrue();
  }

  @Test
  void aSilentStreamEndsWithItsIdleTimeout() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 0, 0);
    proxy.action = forward(Duration.ZERO, null);
    proxy.configured();
    var waiting = proxy.client().send(GET);
    var sending = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 2\n\na");

    proxy.advance(900);
    sending.send("b");
    proxy.advance(200);
    assertThat(waiting.received()).startsWith("HTTP/1.1 504").endsWith("stream timeout");
    proxy.advance(900);

    assertThat(sending.received()).startsWith("HTTP/1.1 504");
    assertThat(proxy.log)
        .containsExactly("504 SI stream_idle_timeout", "504 SI stream_idle_timeout");
    assertThat(proxy.stat("http.test.downstream_rq_idle_timeout")).isEqualTo(2);
  }

  @Test
  void aRouteMayHaveItsOwnIdleTimeout() {
    proxy.action = forward(Duration.ZERO, Duration.ofSeconds(2));
    proxy.configured();
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 2\n\na");

    proxy.advance(2_100);

    assertThat(client.received()).startsWith("HTTP/1.1 408").contains("connection: close");
    assertThat(proxy.log).containsExactly("408 SI stream_idle_timeout");
  }

  @Test
  void aSlowHeadASlowRequestAndALongStreamHaveTheirOwnTimeouts() {
    proxy.timeouts = new HttpTimeouts(0, 1_000, 5_000, 0, 9_000, 0);
    proxy.action = forward(Duration.ZERO, null);
    proxy.configured();
    var slowHead = proxy.client().send("GET / HT");
    var slowRequest = proxy.client().send("POST / HTTP/1.1\nhost: h\ncontent-length: 9\n\na");
    var longStream = proxy.client().send(GET);

    proxy.advance(1_100);
    assertThat(slowHead.received()).startsWith("HTTP/1.1 408").endsWith("request header timeout");
    proxy.advance(4_000);
    assertThat(slowRequest.received()).startsWith("HTTP/1.1 408").endsWith("request timeout");
    proxy.advance(4_000);
    assertThat(longStream.received())
        .startsWith("HTTP/1.1 504")
        .endsWith("downstream duration timeout");

    assertThat(proxy.log)
        .containsExactly(
            "408 - request_header_timeout",
            "408 - request_overall_timeout",
            "504 - max_duration_timeout");
  }

  @Test
  void anIdleConnectionIsClosed() {
    proxy.timeouts = new HttpTimeouts(0, 0, 0, 1_000, 0, 0);
    proxy.configured();
    var fresh = proxy.client();
    var used = proxy.client().send(GET);
    proxy.advance(900);
    proxy.upstream().send(OK);

    proxy.advance(200);
    assertThat(fresh.open()).isFalse();
    assertThat(used.open()).isTrue();
    proxy.advance(900);
    assertThat(used.open()).isFalse();
    assertThat(proxy.stat("http.test.downstream_cx_idle_timeout")).isEqualTo(2);
  }

  @Test
  void aClientThatIsStillSendingGetsTimeToReadTheAnswer() {
    proxy.timeouts = new HttpTimeouts(0, 0, 0, 0, 0, 1_000);
    proxy.action = new RouteAction.DirectResponse(403, "");
    proxy.configured();
    var client = proxy.client().send("POST / HTTP/1.1\nhost: h\ncontent-length: 9\n\na");
    assertThat(client.received()).contains("connection: close");

    client.send("bcdefghiGET / HTTP/1.1\nhost: h\n\n");
    proxy.advance(900);
    assertThat(client.open()).isTrue();
    assertThat(client.received()).isEmpty();
    proxy.advance(200);

    assertThat(client.open()).isFalse();
    assertThat(proxy.log).hasSize(1);
    assertThat(proxy.stat("http.test.downstream_cx_delayed_close_timeout")).isEqualTo(1);
  }

  @Test
  void aGarbledRequestIsAnsweredAndLoggedWithoutAHead() {
    var client = proxy.client().send("NOT HTTP AT ALL\n\nand more");

    assertThat(client.received()).startsWith("HTTP/1.1 400").endsWith("Bad Request");
    assertThat(proxy.log).containsExactly("400 DPE http1.codec_error");
    client.send("still more");
    assertThat(client.received()).isEmpty();
  }

  @Test
  void aBadChunkInsideARequestEndsBothSides() {
    var client =
        proxy.client().send("POST /a HTTP/1.1\nhost: h\ntransfer-encoding: chunked\n\n2\nab\n");
    client.send("zz\n");

    assertThat(client.received()).startsWith("HTTP/1.1 400");
    assertThat(proxy.upstream().open()).isFalse();
    assertThat(proxy.log).containsExactly("400 DPE http1.codec_error");
  }

  @Test
  void anUpgradeIsRefused() {
    var client =
        proxy.client().send("GET / HTTP/1.1\nhost: h\nconnection: upgrade\nupgrade: websocket\n\n");

    assertThat(client.received()).startsWith("HTTP/1.1 403").contains("connection: close");
    assertThat(proxy.log).containsExactly("403 - upgrade_failed");
  }

  @Test
  void anExpectationIsAnsweredByTheProxy() {
    var client =
        proxy
            .client()
            .send("POST / HTTP/1.1\nhost: h\nexpect: 100-continue\ncontent-length: 1\n\n");

    assertThat(client.received()).isEqualTo("HTTP/1.1 100 Continue\n\n");
    assertThat(proxy.upstream().received()).doesNotContain("expect:");
  }

  @Test
  void aFilterThatRepliesAnswersThroughTheFiltersOfTheResponse() {
    proxy.filter(_ -> new Marker("x-first")).filter(Refuser::new).filter(_ -> new Marker("x-last"));
    proxy.configured();

    var client = proxy.client().send(GET);

    assertThat(client.received())
        .startsWith("HTTP/1.1 401 Unauthorized\n")
        .contains("x-last: 1\nx-first: 1\ndate: ")
        .endsWith("server: envoy\ncontent-length: 0\n\n");
    assertThat(proxy.log).containsExactly("401 - refused_by_test");
    assertThat(proxy.upstreams).isEmpty();
    assertThat(client.open()).isTrue();
  }

  @Test
  void aFilterMayReplaceAResponseThatHasNotLeft() {
    var handles = new ArrayList<StreamHandle>();
    proxy.filter(
        handle -> {
          handles.add(handle);
          return new HttpFilter() {
            @Override
            public HeadStatus onResponseHead(HeaderMap head, boolean end) {
              return HeadStatus.HOLD_HEAD;
            }
          };
        });
    proxy.configured();
    var client = proxy.client().send(GET);
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 4\n\n");

    handles.getFirst().reply(LocalReply.of(502, "instead", "replaced"));

    assertThat(client.received()).startsWith("HTTP/1.1 502").endsWith("instead");
    assertThat(proxy.log).containsExactly("502 - replaced");
    assertThat(proxy.upstream().open()).isFalse();
  }

  @Test
  void aFilterThatRepliesTooLateResetsTheStream() {
    var handles = new ArrayList<StreamHandle>();
    proxy.filter(
        handle -> {
          handles.add(handle);
          return new HttpFilter() {};
        });
    proxy.configured();
    var client = proxy.client().send(GET);
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 4\n\no");

    handles.getFirst().reply(LocalReply.of(500, "late"));

    assertThat(client.received()).endsWith("o");
    assertThat(client.open()).isFalse();
    assertThat(proxy.log).containsExactly("200 - late");
  }

  @Test
  void aFilterThatResetsClosesTheConnection() {
    proxy.filter(
        handle ->
            new HttpFilter() {
              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                handle.reset(ResetReason.LOCAL_RESET, "wasm_close_stream");
                return HeadStatus.CONTINUE;
              }
            });
    proxy.configured();

    var client = proxy.client().send(GET);

    assertThat(client.received()).isEmpty();
    assertThat(client.open()).isFalse();
    assertThat(proxy.log).containsExactly("0 - wasm_close_stream");
  }

  @Test
  void aBodyEditedAfterItsHeadLeftNeverDesynchronisesTheConnection() {
    proxy.filter(
        _ ->
            new HttpFilter() {
              @Override
              public BodyStatus onResponseBody(BodyBuffer body, boolean end) {
                body.replace(0, 0, new byte[] {'+', '+'}, 0, 2);
                return BodyStatus.CONTINUE;
              }
            });
    proxy.configured();
    var client = proxy.client().send(GET + GET);

    proxy.upstream().send(OK);

    assertThat(client.received()).doesNotContain("ok");
    assertThat(client.open()).isFalse();
    assertThat(proxy.log.getFirst()).isEqualTo("200 - response_length_mismatch");
  }

  @Test
  void aFilterThatThrowsEndsItsStreamOnly() {
    var other = proxy.client().send(GET);
    proxy.filter(
        _ ->
            new HttpFilter() {
              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                throw new IllegalStateException("a bug");
              }
            });
    proxy.listener.update(proxy.config());

    var client = proxy.client().send(GET);
    proxy.upstreams.getFirst().send(OK);

    assertThat(client.open()).isFalse();
    assertThat(other.received()).endsWith("ok");
    assertThat(proxy.log).contains("0 - internal_error", "200 - via_upstream");
    assertThat(proxy.stat("http.test.downstream_rq_internal_error")).isEqualTo(1);
  }

  @Test
  void theRouteIsChosenAgainAfterAFilterCleared() {
    proxy.action = forward(new ClusterChoice.FromHeader(HeaderName.of("x-cluster")));
    proxy.filter(
        handle ->
            new HttpFilter() {
              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                head.set(HeaderName.of("x-cluster"), "svc");
                handle.clearRoute();
                return HeadStatus.CONTINUE;
              }
            });
    proxy.configured();

    proxy.client().send(GET);

    assertThat(proxy.upstreams).hasSize(1);
  }

  @Test
  void aRewriteThatDoesNotFitIsAnsweredAndNothingIsSent() {
    proxy.action =
        RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
            .timeouts(new RouteTimeouts(Duration.ZERO, null))
            .rewrite(
                new TargetRewrite(
                    null, new HostRewrite.OfPath(RegexSubstitution.of("^/(.*)$", "\\1")), false))
            .build();
    proxy.configured();
    var client = proxy.client();

    client.send("GET /a/b HTTP/1.1\nhost: outer\n\n");

    assertThat(client.received()).startsWith("HTTP/1.1 500 Internal Server Error\n");
    assertThat(proxy.log).containsExactly("500 - route_rewrite_does_not_fit");
    assertThat(proxy.upstreams).isEmpty();
  }

  @Test
  void rewritesPathAndHostAndRemembersWhatTheyWere() {
    proxy.action =
        RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
            .timeouts(new RouteTimeouts(Duration.ZERO, null))
            .rewrite(
                new TargetRewrite(
                    new PathRewrite.Prefix("/v2/"), new HostRewrite.Literal("inner"), false))
            .build();
    proxy.configured();

    proxy.client().send("GET /a?x=1 HTTP/1.1\nhost: outer\n\n");

    assertThat(proxy.upstream().received())
        .startsWith("GET /v2/a?x=1 HTTP/1.1\nhost: inner\n")
        .contains("x-envoy-original-host: outer\nx-envoy-original-path: /a?x=1\n");
  }

  @Test
  void atTheEdgeTheProxySaysWhoTheClientIs() {
    proxy.forwarding = new ForwardingOptions(true, 0, false, "outrider");
    proxy.configured();

    proxy
        .client()
        .send("GET / HTTP/1.1\nhost: h\nx-forwarded-for: 1.1.1.1\nx-request-id: mine\n\n");

    assertThat(proxy.upstream().received())
        .contains("x-forwarded-for: 1.1.1.1,0.0.0.0\n")
        .contains("x-forwarded-proto: http\n")
        .contains("via: outrider\n")
        .doesNotContain("mine");
  }

  @Test
  void aConnectionThatHasServedEnoughIsClosed() {
    proxy.limits = new HttpLimits(60_000, 100, 2);
    proxy.action = new RouteAction.DirectResponse(200, "");
    proxy.configured();

    var client = proxy.client().send(GET + GET + GET);

    assertThat(client.received()).containsOnlyOnce("connection: close");
    proxy.advance(1_100);
    assertThat(client.open()).isFalse();
    assertThat(proxy.log).hasSize(2);
  }

  @Test
  void aDrainedConnectionEndsWithItsExchangeAndAnIdleOneWithThePatience() {
    var busy = proxy.client().send(GET);
    var idle = proxy.client();

    proxy.listener.update(proxy.config());
    proxy.upstream().send(OK);
    assertThat(busy.received()).contains("connection: close");
    proxy.advance(1_100);
    assertThat(busy.open()).isFalse();
    assertThat(idle.open()).isTrue();
    proxy.advance(30_000);

    assertThat(idle.open()).isFalse();
  }

  private static RouteAction forward(Duration timeout, @Nullable Duration idle) {
    return RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
        .timeouts(new RouteTimeouts(timeout, idle))
        .build();
  }

  private static RouteAction forward(ClusterChoice choice) {
    return RouteAction.Forward.builder(choice)
        .timeouts(new RouteTimeouts(Duration.ZERO, null))
        .build();
  }

  /// Adds a header to every response.
  private record Marker(String name) implements HttpFilter {
    @Override
    public HeadStatus onResponseHead(HeaderMap head, boolean end) {
      head.add(HeaderName.of(name), "1");
      return HeadStatus.CONTINUE;
    }
  }

  private record Refuser(StreamHandle handle) implements HttpFilter {
    @Override
    public HeadStatus onRequestHead(HeaderMap head, boolean end) {
      handle.reply(
          LocalReply.of(401, "refused_by_test").withHeader(HeaderNames.WWW_AUTHENTICATE, "Bearer"));
      return HeadStatus.CONTINUE;
    }
  }
}
