package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HopByHopTest {
  private final HeadStores stores = new HeadStores();
  private final HeaderMap request = stores.take(HeadKind.REQUEST);
  private final HeaderMap response = stores.take(HeadKind.RESPONSE);

  @AfterEach
  void everyHeadIsGivenBack() {
    request.release();
    response.release();
    assertThat(stores.outstanding()).isZero();
  }

  private void add(HeaderMap head, String name, String value) {
    assertThat(head.add(HeaderName.of(name), value)).isTrue();
  }

  @Test
  void removesWhatBelongsToTheConnection() {
    add(request, "connection", "keep-alive, X-Mine, HTTP2-Settings");
    add(request, "x-mine", "1");
    add(request, "keep-alive", "timeout=5");
    add(request, "proxy-connection", "keep-alive");
    add(request, "transfer-encoding", "chunked");
    add(request, "upgrade", "h2c");
    add(request, "http2-settings", "AAA");
    add(request, "trailer", "x-sum");
    add(request, "proxy-authorization", "Basic x");

    assertThat(HopByHop.request(request, false)).isNull();

    assertThat(request.toString()).isEqualTo("trailer: x-sum\nproxy-authorization: Basic x\n");
  }

  @Test
  void removesWhatTheResponseNames() {
    response.setStatus(200);
    add(response, "connection", "x-rh, :status, close");
    add(response, "x-rh", "1");
    add(response, "te", "trailers");
    add(response, "close", "kept");

    HopByHop.response(response, false);

    assertThat(response.toString()).isEqualTo(":status: 200\nclose: kept\n");
  }

  @Test
  void keepsAWantedUpgrade() {
    add(request, "connection", "keep-alive, Upgrade");
    add(request, "upgrade", "websocket");

    assertThat(HopByHop.request(request, true)).isNull();

    assertThat(request.toString())
        .isEqualTo("connection: keep-alive, Upgrade\nupgrade: websocket\n");
  }

  @Test
  void anUpgradeIsAllThatAConnectionHeaderMayAskFor() {
    add(request, "connection", "x-mine, Upgrade");
    add(request, "upgrade", "websocket");
    add(request, "x-mine", "1");

    assertThat(HopByHop.request(request, true)).isNull();

    assertThat(request.toString()).isEqualTo("connection: upgrade\nupgrade: websocket\n");
  }

  @ParameterizedTest
  @CsvSource({"trailers,trailers", "'gzip, Trailers',trailers", "gzip,", "'',", "'trailers;q=1',"})
  void reducesTeToTrailers(String te, String left) {
    add(request, "connection", "te");
    add(request, "te", te == null ? "" : te);

    assertThat(HopByHop.request(request, false)).isNull();

    assertThat(request.get(HeaderNames.TE)).isEqualTo(left);
  }

  @Test
  void refusesATeThatIsTooLong() {
    add(request, "te", "x".repeat(256));

    assertThat(HopByHop.request(request, false)).isEqualTo(MessageError.CONNECTION_HEADER_REJECTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-forwarded-for",
        "X-Forwarded-Host, x",
        "x-forwarded-proto",
        ":path",
        "x, :authority",
        "a,b,c,d,e,f,g,h,i,j"
      })
  void refusesToDropWhatOthersRelyOn(String connection) {
    add(request, "connection", connection);

    assertThat(HopByHop.request(request, false)).isEqualTo(MessageError.CONNECTION_HEADER_REJECTED);
  }

  @Test
  void namingTheHostLeavesTheRequestWithoutOne() {
    request.set(HeaderNames.METHOD, "GET");
    request.set(HeaderNames.PATH, "/");
    request.set(HeaderNames.AUTHORITY, "a");
    add(request, "content-length", "3");
    add(request, "connection", "host, content-length");

    assertThat(HopByHop.request(request, false)).isNull();

    assertThat(RequestHeadCheck.check(request)).isEqualTo(MessageError.MISSING_HOST);
    assertThat(request.contains(HeaderNames.CONTENT_LENGTH)).isFalse();
  }
}
