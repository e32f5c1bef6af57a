package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.http.HeaderCase;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.leaks.LeakCheck;
import dev.outrider.proxy.routing.UpgradeRules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// `http_protocol_options` and its neighbours, with what a running Envoy 1.40 did as the measure.
@ExtendWith(LeakCheck.class)
final @SuppressWarnings("StringConcatToTextBlock") // a line of the string is a line of the message
class Http1OptionsTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\n\n";
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  // ---- HTTP/1.0

  @Test
  void anOldClientIsAnsweredInItsVersionAndLeft() {
    downstream(new Http1Options(false, true, "dflt", false, true, false, false, HeaderCase.LOWER));
    var client = proxy.client().send("GET /a HTTP/1.0\n\n");
    assertThat(proxy.upstream().received()).startsWith("GET /a HTTP/1.1\nhost: dflt\n");

    proxy.upstream().send(OK);

    assertThat(client.received())
        .startsWith("HTTP/1.0 200 OK\ncontent-length: 2\n")
        .endsWith("connection: close\n\nok");
    assertThat(client.open()).isFalse();
  }

  @Test
  void anOldClientThatAsksForItIsKeptIfTheAnswerHasALength() {
    downstream(new Http1Options(false, true, "dflt", false, true, false, false, HeaderCase.LOWER));
    var client = proxy.client().send("GET /a HTTP/1.0\nconnection: keep-alive\n\n");
    proxy.upstream().send(OK);
    assertThat(client.received())
        .startsWith("HTTP/1.0 200 OK\ncontent-length: 2\n")
        .endsWith("connection: keep-alive\n\nok");
    assertThat(client.open()).isTrue();

    client.send("GET /b HTTP/1.0\nconnection: keep-alive\n\n");
    proxy.upstream().send("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2\nok\n0\n\n");

    assertThat(client.received()).endsWith("connection: close\n\nok");
    assertThat(client.open()).isFalse();
  }

  @Test
  void anOldClientGetsNoChunks() {
    downstream(new Http1Options(true, true, "dflt", false, true, false, false, HeaderCase.LOWER));
    var client = proxy.client().send("GET /a HTTP/1.0\n\n");

    proxy
        .upstream()
        .send("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2\nok\n2\nay\n0\nx-t: 1\n\n");

    assertThat(client.received())
        .startsWith("HTTP/1.0 200 OK\n")
        .doesNotContain("chunked", "content-length")
        .endsWith("connection: close\n\nokay");
    assertThat(client.open()).isFalse();
  }

  @Test
  void anOldClientWithoutHostIsRefusedIfThereIsNoDefault() {
    downstream(new Http1Options(false, true, "", false, true, false, false, HeaderCase.LOWER));

    var client = proxy.client().send("GET /a HTTP/1.0\n\n");

    assertThat(client.received()).startsWith("HTTP/1.0 400 Bad Request\n");
    assertThat(proxy.log).containsExactly("400 - missing_host_header");
  }

  // ---- what requests may look like

  @Test
  void chunksCountMoreThanALengthBesideThemIfThatIsAllowed() {
    downstream(new Http1Options(false, false, "", true, true, false, false, HeaderCase.LOWER));

    proxy
        .client()
        .send(
            "POST / HTTP/1.1\n"
                + "host: h\n"
                + "content-length: 9\n"
                + "transfer-encoding: chunked\n\n"
                + "2\n"
                + "ab\n"
                + "0\n\n");

    assertThat(proxy.upstream().received())
        .doesNotContain("content-length")
        .contains("transfer-encoding: chunked\n")
        .endsWith("\n\n2\nab\n0\n\n");
  }

  @Test
  void aUrlIsAPathThatNoRouteTakesIfItIsNotAllowed() {
    downstream(new Http1Options(false, false, "", false, false, false, false, HeaderCase.LOWER));

    proxy.client().send("GET http://h/a HTTP/1.1\nhost: h\n\n");

    assertThat(proxy.log).containsExactly("404 - absolute_path_rejected");
  }

  @Test
  void anyTokenIsAMethodIfThatIsAllowed() {
    downstream(new Http1Options(false, false, "", false, true, true, false, HeaderCase.LOWER));

    proxy.client().send("frob /a HTTP/1.1\nhost: h\n\n");
    assertThat(proxy.upstream().received())
        .startsWith("frob /a HTTP/1.1\n")
        .endsWith("content-length: 0\n\n");
    proxy.client().send("fr(b /a HTTP/1.1\nhost: h\n\n");

    assertThat(proxy.log).containsExactly("400 DPE http1.codec_error");
  }

  @Test
  void namesWithUnderscoresAreDropped() {
    requests(false, UnderscoreNames.DROP_HEADER);

    proxy.client().send("GET /a HTTP/1.1\nhost: h\na_b: 1\nx: 2\n_: 3\n\n");

    assertThat(proxy.upstream().received()).contains("\nx: 2\n").doesNotContain("_");
    assertThat(proxy.stat("http1.dropped_headers_with_underscores")).isEqualTo(2);
  }

  @Test
  void namesWithUnderscoresAreRefused() {
    requests(false, UnderscoreNames.REJECT_REQUEST);

    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\na_b: 1\n\n");

    assertThat(client.received()).startsWith("HTTP/1.1 400").endsWith("\n\nBad Request");
    assertThat(proxy.log).containsExactly("400 DPE http1.unexpected_underscore");
    assertThat(proxy.stat("http1.requests_rejected_with_underscores_in_headers")).isEqualTo(1);
  }

  // ---- 1xx

  @Test
  void theExpectationOfTheClientIsLeftToTheUpstream() {
    requests(true, UnderscoreNames.ALLOW);
    var client =
        proxy
            .client()
            .send("POST / HTTP/1.1\nhost: h\nexpect: 100-continue\ncontent-length: 2\n\n");
    assertThat(client.received()).isEmpty();
    assertThat(proxy.upstream().received()).contains("expect: 100-continue\n");

    proxy.upstream().send("HTTP/1.1 100 Continue\nx-c: 1\n\nHTTP/1.1 103 Early Hints\n\n");
    assertThat(client.received()).isEqualTo("HTTP/1.1 100 Continue\nx-c: 1\n\n");
    client.send("xy");
    proxy.upstream().send(OK);

    assertThat(client.received()).startsWith("HTTP/1.1 200 OK\n");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void interimResponsesEndAtTheProxyByDefault() {
    var client = proxy.client().send(GET);

    proxy.upstream().send("HTTP/1.1 103 Early Hints\n\n".repeat(50) + OK);

    assertThat(client.received()).startsWith("HTTP/1.1 200 OK\n");
  }

  @Test
  void endlessInterimResponsesAreAProtocolError() {
    var client = proxy.client().send(GET);

    proxy.upstream().send("HTTP/1.1 103 Early Hints\n\n".repeat(101));

    assertThat(client.received()).startsWith("HTTP/1.1 502");
    assertThat(proxy.log)
        .containsExactly("502 UPE upstream_reset_before_response_started{protocol_error}");
    assertThat(proxy.upstream().open()).isFalse();
  }

  // ---- how names are spelled

  @Test
  void namesBeginWithCapitals() {
    downstream(
        new Http1Options(true, false, "", false, true, false, false, HeaderCase.PROPER_WORDS));
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\nx-1a-b!c: 1\n\n");

    proxy.upstream().send("HTTP/1.1 200 OK\nETAG: 1\nx_y: 2\ntransfer-encoding: chunked\n\n0\n\n");

    assertThat(client.received())
        .contains("\nEtag: 1\nX_Y: 2\n", "\nDate: ", "\nServer: envoy\n")
        .endsWith("Transfer-Encoding: chunked\n\n0\n\n");
    assertThat(proxy.upstream().received()).contains("\nx-1a-b!c: 1\n");
  }

  @Test
  void namesGoOnAsTheClientSpeltThem() {
    downstream(new Http1Options(false, false, "", false, true, false, false, HeaderCase.PRESERVED));

    proxy
        .client()
        .send("POST /a HTTP/1.1\nHoSt: h\nX-fOO: 1\nx-foo: 2\nCONTENT-length: 2\nACCEPT: a\n\nab");

    assertThat(proxy.upstream().received())
        .startsWith("POST /a HTTP/1.1\nHoSt: h\nX-fOO: 1\nX-fOO: 2\nCONTENT-length: 2\nACCEPT: a\n")
        .contains("\nx-forwarded-proto: http\n");
  }

  // ---- lines that Envoy makes one of

  @Test
  void linesThatAreListsAreJoined() {
    var client =
        proxy
            .client()
            .send(
                "GET /a HTTP/1.1\nhost: h\naccept: x\nx-dup: 1\nAccept: y\nx-dup: 2\ncookie: a\n"
                    + "cookie: b\nvia: 1\nvia:\nvia: 2\n\n");
    assertThat(proxy.upstream().received())
        .contains("\naccept: x,y\nx-dup: 1\nx-dup: 2\ncookie: a\ncookie: b\nvia: 1,,2\n");

    proxy
        .upstream()
        .send(
            "HTTP/1.1 200 OK\n"
                + "set-cookie: a\n"
                + "set-cookie: b\n"
                + "vary: a\n"
                + "vary: b\n"
                + "content-length: 0\n\n");

    assertThat(client.received()).contains("\nset-cookie: a\nset-cookie: b\nvary: a,b\n");
  }

  // ---- how the connection ends

  @Test
  void aClientThatWantsTheEndIsNotWaitedFor() {
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\nconnection: close\n\n");

    proxy.upstream().send(OK);

    assertThat(client.received()).endsWith("connection: close\n\nok");
    assertThat(client.open()).isFalse();
  }

  @Test
  void aClientWhoseRequestWasRefusedGetsTimeToClose() {
    var client = proxy.client().send("GET /a HTTP/1.1\n\n");
    assertThat(client.received()).startsWith("HTTP/1.1 400");
    assertThat(client.open()).isTrue();

    proxy.advance(1_100);

    assertThat(client.open()).isFalse();
  }

  private void downstream(Http1Options options) {
    proxy.http1 = options;
    proxy.configured();
  }

  private void requests(boolean proxyContinue, UnderscoreNames underscores) {
    proxy.requests = new RequestOptions(UpgradeRules.NONE, proxyContinue, underscores);
    proxy.configured();
  }
}
