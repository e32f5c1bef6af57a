package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestHeadCheckTest {
  private final HeadStores stores = new HeadStores();

  private @Nullable MessageError check(String startLine, String host) {
    var verdict = new Verdict();
    var parser =
        new Http1Parser(Http1Parser.Role.REQUESTS, "http", Http1Limits.REQUEST, stores, verdict);
    parser.feed(
        Unpooled.copiedBuffer(
            startLine + " HTTP/1.1\r\n" + host + "\r\n", StandardCharsets.ISO_8859_1));
    assertThat(verdict.heads).isEqualTo(1);
    assertThat(stores.outstanding()).isZero();
    return verdict.error;
  }

  private static final class Verdict implements Http1Events {
    private @Nullable MessageError error;
    private int heads;

    @Override
    public void onHead(HeaderMap head, boolean end) {
      heads++;
      error = RequestHeadCheck.check(head);
      head.release();
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      chunk.release();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      trailers.release();
    }

    @Override
    public void onError(MessageError error) {
      throw new AssertionError(error);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET /,a,",
    "GET /,'',",
    "GET /,a:99999,",
    "GET /,u@a,",
    "GET /,[::1]:80,",
    "GET /,'a,b',",
    "GET /,'a, b',INVALID_AUTHORITY",
    "GET /,a b,INVALID_AUTHORITY",
    "GET /,a/b,INVALID_AUTHORITY",
    "GET /,é,INVALID_AUTHORITY",
    "GET /a#b,a,PATH_NORMALIZATION",
    "QUERY /,a,QUERY_WITHOUT_TYPE",
    "OPTIONS *,a,ABSOLUTE_PATH",
    "CONNECT b:1,a,"
  })
  void checksHostAndPath(String startLine, String host, @Nullable MessageError expected) {
    assertThat(check(startLine, "host: " + host + "\r\n")).isEqualTo(expected);
  }

  @Test
  void wantsAHostUnlessTheTargetHasOne() {
    assertThat(check("GET /", "")).isEqualTo(MessageError.MISSING_HOST);
    assertThat(check("GET http://a/", "")).isNull();
  }

  @Test
  void namesWhatAFilterHasRemoved() {
    var head = stores.take(HeadKind.REQUEST);
    assertThat(RequestHeadCheck.missing(head)).isEqualTo(HeaderNames.METHOD);

    head.set(HeaderNames.METHOD, "GET");
    assertThat(RequestHeadCheck.missing(head)).isEqualTo(HeaderNames.PATH);

    head.set(HeaderNames.PATH, "");
    assertThat(RequestHeadCheck.missing(head)).isEqualTo(HeaderNames.PATH);

    head.set(HeaderNames.PATH, "/");
    assertThat(RequestHeadCheck.missing(head)).isNull();

    head.set(HeaderNames.METHOD, "CONNECT");
    assertThat(RequestHeadCheck.missing(head)).isEqualTo(HeaderNames.AUTHORITY);
    head.release();
  }
}
