package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.HashPolicy;
import dev.outrider.proxy.routing.HashSource;
import dev.outrider.proxy.routing.HeaderMutations;
import dev.outrider.proxy.routing.RouteAction;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a route does to heads on their way, and to those of answers that the proxy gives itself.
class RouteHeadersTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\nx-a: 1\n\n";
  private static final String OK = "HTTP/1.1 200 OK\nx-up: 1\ncontent-length: 2\n\nok";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  private static HeaderEdit put(String name, String value) {
    var format =
        FormatString.parse(
            value,
            FormatEnvironment.ofProcess(),
            problem -> {
              throw new AssertionError(problem);
            });
    return new HeaderEdit.Put(HeaderName.of(name), format, HeaderEdit.Mode.APPEND, false);
  }

  private void given(List<HeaderEdit> request, List<HeaderEdit> response) {
    proxy.headers = HeaderMutations.of(request, response);
    proxy.configured();
  }

  @Test
  void bothHeadsAreChangedOnTheirWay() {
    given(
        List.of(put("x-b", "%REQ(x-a)% [%UPSTREAM_HOST%]"), new HeaderEdit.Remove(name("x-a"))),
        List.of(put("x-c", "%RESPONSE_CODE% %REQ(x-b)% %UPSTREAM_HOST%")));
    var client = proxy.client().send(GET);

    assertThat(proxy.upstream().received()).contains("\nx-b:  []\n").doesNotContain("x-a");

    proxy.upstream().send(OK);

    assertThat(client.received()).contains("\nx-c: 200  [] 10.0.0.1:80\n");
  }

  private static HeaderName name(String text) {
    return HeaderName.of(text);
  }

  @Test
  void whatFramesAMessageIsNotForARouteToSay() {
    given(List.of(put("transfer-encoding", "gzip"), put("content-length", "5")), List.of());

    proxy.client().send(GET);

    assertThat(proxy.upstream().received()).doesNotContain("content-length: 5", "gzip");
  }

  @Test
  void aReplyForTheUpstreamIsChangedToo() {
    proxy.connects = false;
    given(List.of(), List.of(put("x-c", "%RESPONSE_FLAGS%")));

    assertThat(proxy.client().send(GET).received())
        .startsWith("HTTP/1.1 503 ")
        .contains("\nx-c: UF\n");
  }

  @Test
  void soIsTheReplyOfAFilter() {
    proxy.filter(handle -> new Refuses(handle::reply));
    given(List.of(), List.of(put("x-c", "%RESPONSE_CODE_DETAILS%")));

    assertThat(proxy.client().send(GET).received())
        .startsWith("HTTP/1.1 403 ")
        .contains("\nx-c: refused\n");
  }

  @Test
  void aRouteThatAnswersChangesItsOwnAnswerOnly() {
    proxy.action = new RouteAction.DirectResponse(204, "");
    given(List.of(), List.of(put("x-c", "1"), put("content-type", "text/x")));

    assertThat(proxy.client().send(GET).received())
        .startsWith("HTTP/1.1 204 ")
        .contains("\nx-c: 1\n")
        .doesNotContain("content-type");

    proxy.filter(handle -> new Refuses(handle::reply)).configured();

    assertThat(proxy.client().send(GET).received())
        .startsWith("HTTP/1.1 403 ")
        .doesNotContain("x-c");
  }

  @Test
  void aCookieThatIsMadeUpIsSetInTheResponseBeforeTheRouteLooks() {
    proxy.action =
        RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
            .hashPolicies(
                List.of(
                    new HashPolicy(
                        new HashSource.Cookie("c", Duration.ofSeconds(9), "/", List.of()), false)))
            .build();
    proxy.balance(
        new LbPolicy.RingHash(16, 16, false, new LbPolicy.ConsistentHashing(false, 0, false)));
    given(List.of(), List.of(put("x-c", "%RESP(set-cookie)%")));
    var client = proxy.client().send(GET);

    proxy.upstream().send(OK);

    assertThat(client.received())
        .containsPattern("\nset-cookie: c=\"[0-9a-f]{16}\"; Max-Age=9; Path=/; HttpOnly\n")
        .containsPattern("\nx-c: c=\"[0-9a-f]{16}\"");
  }

  private record Refuses(Consumer<LocalReply> reply) implements HttpFilter {
    @Override
    public HeadStatus onRequestHead(HeaderMap head, boolean end) {
      reply.accept(LocalReply.of(403, "refused"));
      return HeadStatus.HOLD_HEAD;
    }
  }
}
