package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.HostOptions;
import dev.outrider.proxy.config.PathOptions;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.InternalRedirectPolicy;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.UpgradeRules;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Redirects that the client does not see.
class InternalRedirectTest {
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  private void route(InternalRedirectPolicy policy) {
    proxy.action =
        RouteAction.Forward.builder(new ClusterChoice.Single("svc")).redirects(policy).build();
    proxy.configured();
  }

  private static String to(int status, String location) {
    return "HTTP/1.1 " + status + " Moved\nlocation: " + location + "\ncontent-length: 0\n\n";
  }

  private String redirected(String location) {
    proxy.upstream().received();
    proxy.upstream().send(to(302, location));
    return proxy.upstream().received();
  }

  @Test
  void theRequestBeginsAnewWhereTheRedirectLeads() {
    var ended = new ArrayList<String>();
    proxy.filter(
        _ ->
            new HttpFilter() {
              @Override
              public void onStreamEnd() {
                ended.add("end");
              }
            });
    route(InternalRedirectPolicy.upTo(1));
    var client = proxy.client().send("GET /a?q HTTP/1.1\nhost: h\n\n");

    assertThat(redirected("http://other.test:81/b?c#d"))
        .startsWith("GET /b?c HTTP/1.1\nhost: other.test:81\n")
        .contains("\nx-envoy-original-url: http://h/a?q\n");
    assertThat(client.received()).isEmpty();
    assertThat(ended).hasSize(1);
    proxy.upstream().send(OK);

    assertThat(client.received()).endsWith("\n\nok");
    assertThat(proxy.log).containsExactly("302 - internal_redirect", "200 - via_upstream");
    assertThat(proxy.stat("cluster.svc.upstream_internal_redirect_succeeded_total")).isOne();
    assertThat(proxy.stat("http.test.downstream_rq_total")).isEqualTo(2);
    assertThat(proxy.hasStat("cluster.svc.upstream_rq_302")).isFalse();
    assertThat(ended).hasSize(2);
  }

  @Test
  void theClientGetsTheRedirectThatIsOneTooMany() {
    route(InternalRedirectPolicy.upTo(1));
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");
    redirected("http://h/b");
    proxy.upstream().send(to(302, "http://h/c"));

    assertThat(client.received()).startsWith("HTTP/1.1 302 Found\nlocation: http://h/c\n");
    assertThat(proxy.stat("http.test.passthrough_internal_redirect_too_many_redirects")).isOne();
    assertThat(proxy.stat("cluster.svc.upstream_internal_redirect_failed_total")).isOne();

    client.send("GET /a HTTP/1.1\nhost: h\n\n"); // which may be redirected again
    assertThat(redirected("http://h/d")).startsWith("GET /d ");
    proxy.upstream().send(OK);
  }

  @ParameterizedTest
  @CsvSource({
    "/b, bad_location",
    "'', bad_location",
    "ftp://h/b, bad_location",
    "http:///b, bad_location",
    "https://h/b, unsafe_scheme"
  })
  void aRedirectThatLeadsAstrayIsTheClients(String location, String why) {
    route(InternalRedirectPolicy.upTo(1));
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");
    proxy.upstream().send(to(302, location));

    assertThat(client.received()).startsWith("HTTP/1.1 302 Found\n");
    assertThat(proxy.stat("http.test.passthrough_internal_redirect_" + why)).isOne();
    assertThat(proxy.log).containsExactly("302 - via_upstream");
  }

  @Test
  void otherStatusesAreTheClients() {
    route(InternalRedirectPolicy.upTo(1));
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");
    proxy.upstream().send(to(301, "http://h/b"));

    assertThat(client.received()).startsWith("HTTP/1.1 301 Moved Permanently\n");
  }

  @Test
  void theBodyIsSentOnceMore() {
    route(InternalRedirectPolicy.upTo(1));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 3\n\nabc");

    assertThat(redirected("http://h/b")).startsWith("POST /b HTTP/1.1\n").endsWith("\n\nabc");
    proxy.upstream().send(OK);
    assertThat(client.received()).endsWith("\n\nok");
  }

  @Test
  void aBodyThatIsTooLargeOrNotCompleteCannotBe() {
    proxy.bufferLimit = 2;
    route(InternalRedirectPolicy.upTo(1));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 3\n\nabc");
    proxy.upstream().send(to(302, "http://h/b"));
    assertThat(client.received()).startsWith("HTTP/1.1 302");

    var other = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 3\n\na");
    proxy.upstream().send(to(302, "http://h/b"));
    assertThat(other.received()).startsWith("HTTP/1.1 302");
    assertThat(proxy.stat("cluster.svc.upstream_internal_redirect_failed_total")).isEqualTo(2);
  }

  @Test
  void seeOtherIsAskedForWithoutTheBody() {
    route(
        new InternalRedirectPolicy(
            1, Set.of(303), false, false, List.of(), false, List.of(HeaderName.of("x-a"))));
    proxy.client().send("POST /a HTTP/1.1\nhost: h\nx-a: old\ncontent-length: 3\n\nabc");
    proxy.upstream().received();
    proxy.upstream().send("HTTP/1.1 303 X\nlocation: http://h/b\nx-a: new\ncontent-length: 0\n\n");

    assertThat(proxy.upstream().received())
        .startsWith("GET /b HTTP/1.1\n")
        .contains("\nx-a: new\n")
        .doesNotContain("old", "content-length", "abc");
    proxy.upstream().send(OK);
  }

  @Test
  void aRouteMayBeForbidden() {
    route(
        new InternalRedirectPolicy(
            1, Set.of(302), false, false, List.of(Set.of("other")), false, List.of()));
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");
    proxy.upstream().send(to(302, "http://x/b"));

    assertThat(client.received()).startsWith("HTTP/1.1 302 Found\n");
    assertThat(proxy.stat("http.test.passthrough_internal_redirect_predicate")).isOne();
  }

  @Test
  void aClientThatLeavesIsNotFollowed() {
    route(InternalRedirectPolicy.upTo(1));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 3\n\nabc");
    redirected("http://h/b");

    client.close();

    assertThat(proxy.log)
        .containsExactly("302 - internal_redirect", "0 DC downstream_remote_disconnect");
  }

  private void paths(PathOptions.EscapedSlashes escaped) {
    proxy.requests =
        new RequestOptions(
            UpgradeRules.NONE,
            false,
            UnderscoreNames.ALLOW,
            new PathOptions(true, true, escaped),
            new HostOptions(HostOptions.Port.ANY, true),
            List.of());
  }

  @Test
  void pathAndHostThatItLeadsToAreNormalized() {
    paths(PathOptions.EscapedSlashes.FORWARD);
    var seen = new ArrayList<String>();
    proxy.filter(
        _ ->
            new HttpFilter() {
              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                seen.add(head.authority() + head.path());
                return HeadStatus.CONTINUE;
              }
            });
    route(InternalRedirectPolicy.upTo(1));
    proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");

    assertThat(redirected("http://other.test.:81/b/../%2fadmin//%61?c"))
        .startsWith("GET /admin/a?c HTTP/1.1\nhost: other.test\n");
    assertThat(seen).containsExactly("h/a", "other.test/admin/a?c");
    proxy.upstream().send(OK);
  }

  @ParameterizedTest
  @CsvSource({"REJECT, 400 Bad Request", "REDIRECT, 307 Temporary Redirect"})
  void aPathThatIsRefusedIsRefusedThereToo(PathOptions.EscapedSlashes escaped, String answer) {
    paths(escaped);
    route(InternalRedirectPolicy.upTo(1));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 3\n\nabc");

    assertThat(redirected("http://h/b%2Fc")).isEmpty();

    assertThat(client.received()).startsWith("HTTP/1.1 " + answer + "\n");
    assertThat(proxy.log)
        .containsExactly(
            "302 - internal_redirect", answer.substring(0, 3) + " - path_normalization_failed");
  }

  /// The second of its kind throws, or the first when it ends.
  private void filterThatFails(boolean atTheEnd) {
    var made = new ArrayList<String>();
    proxy.filter(
        _ ->
            new HttpFilter() {
              private final boolean first = made.isEmpty();

              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                made.add("filter");
                if (!first && !atTheEnd) {
                  throw new IllegalStateException("a bug");
                }
                return HeadStatus.CONTINUE;
              }

              @Override
              public void onStreamEnd() {
                if (first && atTheEnd) {
                  throw new IllegalStateException("a bug");
                }
              }
            });
    route(InternalRedirectPolicy.upTo(1));
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text.replace("\n", "\r\n"), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFilterThatFailsEndsTheStreamOnceAndLeavesNoBodyBehind(boolean atTheEnd) {
    filterThatFails(atTheEnd);
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 3\n\n");
    var body = bytes("abc");
    client.channel.writeInbound(body);

    assertThat(redirected("http://h/b")).isEmpty();

    assertThat(client.open()).isFalse();
    assertThat(body.refCnt()).isZero();
    assertThat(proxy.log)
        .containsExactlyElementsOf(
            atTheEnd
                ? List.of("302 - internal_redirect")
                : List.of("302 - internal_redirect", "0 - internal_error"));
    assertThat(proxy.stat("http.test.downstream_rq_active")).isZero();
  }
}
