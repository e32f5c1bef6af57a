package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Http1WriterTest {
  private final HeadStores stores = new HeadStores();
  private final HeaderMap head = stores.take(HeadKind.REQUEST);
  private final HeaderMap response = stores.take(HeadKind.RESPONSE);
  private final List<Integer> sizes = new ArrayList<>();
  private final StringBuilder written = new StringBuilder();
  private final Http1Writer writer = new Http1Writer(PooledByteBufAllocator.DEFAULT, this::take);

  private void take(ByteBuf bytes) {
    sizes.add(bytes.readableBytes());
    written.append(bytes.toString(StandardCharsets.ISO_8859_1));
    bytes.release();
  }

  private String written() {
    writer.flush();
    return written.toString();
  }

  @AfterEach
  void everythingIsGivenBack() {
    head.release();
    response.release();
    writer.close();
    assertThat(stores.outstanding()).isZero();
  }

  private void request(String method, String path) {
    head.set(HeaderNames.METHOD, method);
    head.set(HeaderNames.PATH, path);
    head.set(HeaderNames.AUTHORITY, "a:1");
    head.set(HeaderNames.SCHEME, "http");
  }

  private static ByteBuf chunk(String text) {
    return PooledByteBufAllocator.DEFAULT
        .directBuffer()
        .writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void writesTheAuthorityAsHostInFront() {
    request("GET", "/x?y");
    head.add(HeaderNames.ACCEPT, "*/*");

    writer.requestHead(head, true);

    assertThat(written()).isEqualTo("GET /x?y HTTP/1.1\r\nhost: a:1\r\naccept: */*\r\n\r\n");
    assertThat(writer.messageBytes()).isEqualTo(written.length());
  }

  @Test
  void writesAnEmptyHostIfThereIsNone() {
    request("GET", "/");
    head.remove(HeaderNames.AUTHORITY);

    writer.requestHead(head, true);

    assertThat(written()).isEqualTo("GET / HTTP/1.1\r\nhost: \r\n\r\n");
  }

  @Test
  void writesTheAuthorityAsTargetOfConnect() {
    head.set(HeaderNames.METHOD, "CONNECT");
    head.set(HeaderNames.AUTHORITY, "b:443");

    writer.requestHead(head, true);

    assertThat(written()).isEqualTo("CONNECT b:443 HTTP/1.1\r\nhost: b:443\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "PROPFIND"})
  void announcesAnEmptyBodyWhereOneIsExpected(String method) {
    request(method, "/");

    writer.requestHead(head, true);

    assertThat(written()).endsWith("host: a:1\r\ncontent-length: 0\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "DELETE", "TRACE"})
  void doesNotAnnounceAnEmptyBodyElsewhere(String method) {
    request(method, "/");

    writer.requestHead(head, true);

    assertThat(written()).endsWith("host: a:1\r\n\r\n");
  }

  @Test
  void copiesASmallBodyBehindTheHead() {
    request("POST", "/");
    head.set(HeaderNames.CONTENT_LENGTH, 5);

    writer.requestHead(head, false);
    assertThat(writer.body(chunk("abc"), false)).isTrue();
    assertThat(writer.body(chunk("de"), true)).isTrue();

    assertThat(written())
        .isEqualTo("POST / HTTP/1.1\r\nhost: a:1\r\ncontent-length: 5\r\n\r\nabcde");
    assertThat(sizes).hasSize(1);
    assertThat(writer.messageBytes()).isEqualTo(written.length());
  }

  @Test
  void passesALargeChunkOnWithoutCopying() {
    var large = "x".repeat(5000);
    request("POST", "/");
    head.set(HeaderNames.CONTENT_LENGTH, 5000);

    writer.requestHead(head, false);
    writer.body(chunk(large), true);

    assertThat(written()).endsWith("content-length: 5000\r\n\r\n" + large);
    assertThat(sizes).hasSize(2).endsWith(5000);
  }

  @Test
  void chunksABodyOfUnknownLength() {
    var large = "x".repeat(70_000);
    response.setStatus(200);

    writer.responseHead(response, false, false, false);
    writer.body(chunk("abc"), false);
    writer.body(Unpooled.EMPTY_BUFFER, false);
    writer.body(chunk(large), false);
    writer.body(chunk("0123456789abcdef"), true);

    assertThat(written())
        .isEqualTo(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n11170\r\n"
                + large
                + "\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n");
    assertThat(writer.messageBytes()).isEqualTo(written.length());
    assertThat(sizes).hasSize(3);
  }

  @Test
  void writesTrailersBehindChunks() {
    var trailers = stores.take(HeadKind.TRAILERS);
    trailers.add(HeaderNames.GRPC_STATUS, "0");
    response.setStatus(200);

    writer.responseHead(response, false, false, false);
    writer.body(chunk("abc"), false);
    assertThat(writer.trailers(trailers)).isTrue();

    assertThat(written()).endsWith("\r\n3\r\nabc\r\n0\r\ngrpc-status: 0\r\n\r\n");
    assertThat(writer.messageBytes()).isEqualTo(written.length());
    trailers.release();
  }

  @Test
  void dropsTrailersBehindAKnownLength() {
    var trailers = stores.take(HeadKind.TRAILERS);
    trailers.add(HeaderNames.GRPC_STATUS, "0");
    response.setStatus(200);
    response.set(HeaderNames.CONTENT_LENGTH, 3);

    writer.responseHead(response, false, false, false);
    writer.body(chunk("abc"), false);

    assertThat(writer.trailers(trailers)).isTrue();
    assertThat(written()).endsWith("\r\n\r\nabc");
    trailers.release();
  }

  @Test
  void neverWritesMoreThanTheContentLength() {
    response.setStatus(200);
    response.set(HeaderNames.CONTENT_LENGTH, 5);

    writer.responseHead(response, false, false, false);

    assertThat(writer.body(chunk("abcd"), false)).isTrue();
    assertThat(writer.body(chunk("ef"), true)).isFalse();
    assertThat(written()).endsWith("\r\n\r\nabcd");
  }

  @Test
  void reportsABodyThatIsTooShort() {
    response.setStatus(200);
    response.set(HeaderNames.CONTENT_LENGTH, 5);

    writer.responseHead(response, false, false, false);

    assertThat(writer.body(chunk("abcd"), true)).isFalse();
  }

  @Test
  void correctsTheLengthOfAMessageThatEndsWithItsHead() {
    response.setStatus(200);
    response.set(HeaderNames.CONTENT_LENGTH, 5);

    writer.responseHead(response, true, false, false);

    assertThat(written()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  }

  @Test
  void keepsTheLineThatAnnouncesAnEmptyBodyInItsPlace() {
    response.setStatus(200);
    response.set(HeaderNames.CONTENT_LENGTH, 0);
    response.add(HeaderNames.SERVER, "x");

    writer.responseHead(response, true, false, false);

    assertThat(written()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nserver: x\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "3, 3"})
  void chunksIfTheContentLengthIsNone(String length) {
    response.setStatus(200);
    response.set(HeaderNames.CONTENT_LENGTH, length);

    writer.responseHead(response, false, false, false);
    writer.body(chunk("abc"), true);

    assertThat(written())
        .isEqualTo("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  }

  @Test
  void chunksIfThereAreTwoLengths() {
    response.setStatus(200);
    response.add(HeaderNames.CONTENT_LENGTH, "3");
    response.add(HeaderNames.CONTENT_LENGTH, "3");

    writer.responseHead(response, false, false, false);

    assertThat(written()).isEqualTo("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  }

  @Test
  void ownsTransferEncoding() {
    response.setStatus(200);
    response.add(HeaderNames.TRANSFER_ENCODING, "gzip");

    writer.responseHead(response, true, false, false);

    assertThat(written()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  }

  @Test
  void writesNoBodyInAnswerToHead() {
    response.setStatus(200);
    response.set(HeaderNames.CONTENT_LENGTH, 3);

    writer.responseHead(response, false, true, false);
    assertThat(writer.body(chunk("abc"), true)).isTrue();

    assertThat(written()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n");
  }

  @Test
  void writesNeitherBodyNorLengthWithNoContent() {
    response.setStatus(204);
    response.set(HeaderNames.CONTENT_LENGTH, 3);

    writer.responseHead(response, false, false, false);
    assertThat(writer.body(chunk("abc"), true)).isTrue();

    assertThat(written()).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n");
  }

  @Test
  void keepsTheLengthOfNotModified() {
    response.setStatus(304);
    response.set(HeaderNames.CONTENT_LENGTH, 3);

    writer.responseHead(response, true, false, false);

    assertThat(written()).isEqualTo("HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n");
  }

  @Test
  void saysCloseOnceAndBeforeTheLength() {
    response.setStatus(418);
    response.add(HeaderName.of("x-a"), "1");
    response.add(HeaderNames.CONNECTION, "keep-alive");

    writer.responseHead(response, true, false, true);

    assertThat(written())
        .isEqualTo(
            "HTTP/1.1 418 Unknown\r\nx-a: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  }

  @Test
  void writesInformationalHeadsInFront() {
    var early = stores.take(HeadKind.RESPONSE);
    early.setStatus(103);
    early.add(HeaderNames.LINK, "</a>");
    response.setStatus(200);

    writer.continue100();
    writer.informational(early);
    writer.responseHead(response, true, false, false);

    assertThat(written())
        .isEqualTo(
            """
            HTTP/1.1 100 Continue

            HTTP/1.1 103 Early Hints
            link: </a>

            HTTP/1.1 200 OK
            content-length: 0

            """
                .replace("\n", "\r\n"));
    early.release();
  }

  @Test
  void copiesOddLinesInCanonicalForm() {
    var parsed = new ArrayList<HeaderMap>();
    var parser = requests(parsed);
    var in =
        chunk("GET\t/  HTTP/1.1\r\nA:1\r\nB:   2 \t\r\nC:\t3\r\nD:\r\nHost: h\r\nE: 5\r\n\r\n");
    parser.feed(in);
    in.release();

    writer.requestHead(parsed.getFirst(), true);

    assertThat(written())
        .isEqualTo("GET / HTTP/1.1\r\nhost: h\r\na: 1\r\nb: 2\r\nc: 3\r\nd: \r\ne: 5\r\n\r\n");
    parsed.getFirst().release();
  }

  private Http1Parser requests(List<HeaderMap> heads) {
    return new Http1Parser(
        Http1Parser.Role.REQUESTS,
        "http",
        Http1Limits.REQUEST,
        stores,
        new Http1Events() {
          @Override
          public void onHead(HeaderMap head, boolean end) {
            heads.add(head);
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
        });
  }
}
