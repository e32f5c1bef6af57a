package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of what a client may send: every row whole, in every split and byte by byte.
class RequestSyntaxTest {
  private static final String PREFIX = "GET / HTTP/1.1\r\nhost: a\r\n";
  private static final String CHUNKED =
      "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";

  private record Row(String name, String request, MessageError error) {}

  static List<Arguments> refused() {
    var rows = new ArrayList<Row>();
    startLines(rows);
    fields(rows);
    lengths(rows);
    codings(rows);
    chunks(rows);
    return rows.stream().map(row -> Arguments.of(row.name, row.request, row.error)).toList();
  }

  private static void startLines(List<Row> rows) {
    rows.add(new Row("garbage", "\u0016\u0003\u0001\r\n\r\n", MessageError.INVALID_CHARACTERS));
    rows.add(line("unknown method", "FROB / HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("lower-case method", "get / HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("space in front", " GET / HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("no version", "GET /", MessageError.LOW_VERSION));
    rows.add(line("space in path", "GET /a b HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("path without slash", "GET a HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("query only", "GET ?a HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("path of high bytes", "GET /\u00e9 HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("NUL in path", "GET /\0 HTTP/1.1", MessageError.INVALID_CHARACTERS));
    rows.add(line("DEL in path", "GET /\u007f HTTP/1.1", MessageError.INVALID_CHARACTERS));
    rows.add(line("CR in start line", "GET /\ra HTTP/1.1", MessageError.INVALID_CHARACTERS));
    rows.add(line("star without OPTIONS", "GET * HTTP/1.1", MessageError.INVALID_URL));
    rows.add(line("foreign scheme", "GET ftp://h/ HTTP/1.1", MessageError.INVALID_SCHEME));
    rows.add(line("URL with an empty port", "GET http://a:/ HTTP/1.1", MessageError.INVALID_URL));
    rows.add(
        line("URL with a high port", "GET http://a:65536/ HTTP/1.1", MessageError.INVALID_URL));
    rows.add(line("URL with a bad port", "GET http://a:x/ HTTP/1.1", MessageError.INVALID_URL));
    rows.add(line("URL of bare IPv6", "GET http://::1/ HTTP/1.1", MessageError.INVALID_URL));
    rows.add(line("URL of an open bracket", "GET http://[::1 HTTP/1.1", MessageError.INVALID_URL));
    rows.add(line("URL with a fragment", "GET http://a#b HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("a method with a hyphen", "M-SEARCH / HTTP/1.1", MessageError.CODEC_ERROR));
    rows.add(line("URL without host", "GET http:///x HTTP/1.1", MessageError.INVALID_URL));
    rows.add(line("CONNECT without port", "CONNECT up HTTP/1.1", MessageError.INVALID_URL));
    rows.add(
        new Row(
            "CONNECT with a body",
            "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\ncontent-length: 1\r\n\r\n",
            MessageError.BODY_DISALLOWED));
    rows.add(
        new Row(
            "CONNECT with chunks",
            "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\ntransfer-encoding: chunked\r\n\r\n",
            MessageError.INVALID_TRANSFER_ENCODING));
    rows.add(line("CONNECT to a path", "CONNECT /x:1 HTTP/1.1", MessageError.INVALID_URL));
    rows.add(line("HTTP/1.0", "GET / HTTP/1.0", MessageError.LOW_VERSION));
    rows.add(line("HTTP/0.9", "GET / HTTP/0.9", MessageError.LOW_VERSION));
    rows.add(line("HTTP/1.2", "GET / HTTP/1.2", MessageError.LOW_VERSION));
    rows.add(line("HTTP/2.0", "GET / HTTP/2.0", MessageError.LOW_VERSION));
    rows.add(line("text behind the version", "GET / HTTP/1.1x", MessageError.CODEC_ERROR));
    rows.add(line("lower-case version", "GET / http/1.1", MessageError.CODEC_ERROR));
    rows.add(
        new Row(
            "bare LF behind the start line",
            "GET / HTTP/1.1\nhost: a\r\n\r\n",
            MessageError.CODEC_ERROR));
    rows.add(
        new Row(
            "bare LF in front", "\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", MessageError.CODEC_ERROR));
    rows.add(
        new Row("CR in front", "\rGET / HTTP/1.1\r\nhost: a\r\n\r\n", MessageError.CODEC_ERROR));
  }

  private static void fields(List<Row> rows) {
    rows.add(field("space before the colon", "x-a : 1", MessageError.CODEC_ERROR));
    rows.add(field("empty name", ": 1", MessageError.CODEC_ERROR));
    rows.add(field("no colon", "x-a", MessageError.CODEC_ERROR));
    rows.add(field("delimiter in name", "x(a: 1", MessageError.CODEC_ERROR));
    rows.add(field("high bytes in name", "x-\u00e9: 1", MessageError.CODEC_ERROR));
    rows.add(field("NUL in name", "x-\0: 1", MessageError.INVALID_CHARACTERS));
    rows.add(field("NUL in value", "x-a: 1\0", MessageError.INVALID_CHARACTERS));
    rows.add(field("control in value", "x-a: 1\u00012345678", MessageError.INVALID_CHARACTERS));
    rows.add(field("DEL in value", "x-a: 1\u007f", MessageError.INVALID_CHARACTERS));
    rows.add(field("bare CR in value", "x-a: a\rb", MessageError.INVALID_CHARACTERS));
    rows.add(field("bare LF in value", "x-a: a\nx-b: b", MessageError.CODEC_ERROR));
    rows.add(field("folded line", "x-a: 1\r\n  folded", MessageError.CODEC_ERROR));
    rows.add(field("folded by a tab", "x-a: 1\r\n\tfolded", MessageError.CODEC_ERROR));
    rows.add(field("two hosts", "Host: b", MessageError.CODEC_ERROR));
    rows.add(
        new Row(
            "first line folded", "GET / HTTP/1.1\r\n host: a\r\n\r\n", MessageError.CODEC_ERROR));
    rows.add(new Row("bare LF at the end", PREFIX + "\n", MessageError.CODEC_ERROR));
    rows.add(new Row("CR at the end", PREFIX + "\rx", MessageError.CODEC_ERROR));
  }

  private static void lengths(List<Row> rows) {
    for (var value :
        List.of("+3", "-3", "0x3", "3, 3", "3 3", "", "9223372036854775808", "1e3", "\u0663")) {
      rows.add(
          field(
              "content-length '" + value + "'",
              "content-length: " + value,
              MessageError.CODEC_ERROR));
    }
    rows.add(
        field(
            "two equal lengths",
            "content-length: 3\r\ncontent-length: 3",
            MessageError.CODEC_ERROR));
    rows.add(
        field("two lengths", "content-length: 3\r\ncontent-length: 4", MessageError.CODEC_ERROR));
    rows.add(
        field(
            "length and chunked",
            "content-length: 3\r\ntransfer-encoding: chunked",
            MessageError.LENGTH_AND_CHUNKED));
    rows.add(
        field(
            "chunked and length",
            "transfer-encoding: chunked\r\ncontent-length: 3",
            MessageError.LENGTH_AND_CHUNKED));
    rows.add(
        field(
            "chunked and length 0",
            "transfer-encoding: chunked\r\ncontent-length: 0",
            MessageError.LENGTH_AND_CHUNKED));
  }

  private static void codings(List<Row> rows) {
    for (var value :
        List.of(
            "gzip",
            "gzip, chunked",
            "chunked, identity",
            "xchunked",
            "identity",
            "",
            "chunked;q=1",
            "chunked, chunked")) {
      rows.add(
          field(
              "transfer-encoding '" + value + "'",
              "transfer-encoding: " + value,
              MessageError.INVALID_TRANSFER_ENCODING));
    }
    rows.add(
        field(
            "chunked twice",
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
            MessageError.INVALID_TRANSFER_ENCODING));
    rows.add(
        field(
            "coding with a control",
            "transfer-encoding: \u000bchunked",
            MessageError.INVALID_CHARACTERS));
  }

  private static void chunks(List<Row> rows) {
    for (var body :
        List.of(
            " 3\r\nabc\r\n0\r\n\r\n",
            "0x3\r\nabc\r\n0\r\n\r\n",
            "-1\r\n",
            "\r\nabc",
            "g\r\n",
            "3 3\r\nabc\r\n",
            "fffffffffffffffff\r\n",
            "3\nabc\r\n",
            "3;a\nabc\r\n",
            "3;\u0001\r\nabc\r\n",
            "3\r\r\nabc",
            "3\r\nabcd\r\n",
            "3\r\nabc\n0\r\n\r\n",
            "3\r\nabc0\r\n\r\n",
            "0\r\nx a: 1\r\n\r\n",
            "0\r\nx-a: 1\n\r\n",
            "0\r\n\n")) {
      var shown = body.replace("\r", "\\r").replace("\n", "\\n");
      rows.add(new Row("chunked body " + shown, CHUNKED + body, MessageError.CODEC_ERROR));
    }
    rows.add(
        new Row(
            "control in trailer",
            CHUNKED + "0\r\nx-a: \u0001\r\n\r\n",
            MessageError.INVALID_CHARACTERS));
  }

  private static Row line(String name, String line, MessageError error) {
    return new Row(name, line + "\r\nhost: a\r\n\r\n", error);
  }

  private static Row field(String name, String field, MessageError error) {
    return new Row(name, PREFIX + field + "\r\n\r\n", error);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refused(String name, String request, MessageError error) {
    var transcript = ParserTranscript.ofRequests(request);

    assertThat(transcript).endsWith(error + "\n");
    assertThat(transcript.lines().filter(error.name()::equals)).hasSize(1);
  }

  static List<Arguments> accepted() {
    return List.of(
        Arguments.of(
            "several spaces and tabs", "GET \t / \t HTTP/1.1 \t\r\nhost: a\r\n\r\n", get("a", "/")),
        Arguments.of(
            "empty lines in front", "\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", get("a", "/")),
        Arguments.of(
            "odd path characters",
            "GET /\"<>{}|^`\\[] HTTP/1.1\r\nhost: a\r\n\r\n",
            get("a", "/\"<>{}|^`\\[]")),
        Arguments.of("empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", get("", "/")),
        Arguments.of("host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", get("u@a", "/")),
        Arguments.of("large port", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", get("a:99999", "/")),
        Arguments.of(
            "absolute form", "GET http://b:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n", get("b:1", "/x?y")),
        Arguments.of(
            "absolute form, https", "GET HTTPS://b/x HTTP/1.1\r\nHost: a\r\n\r\n", get("b", "/x")),
        Arguments.of(
            "absolute form with user",
            "GET http://u:p@b/x@y HTTP/1.1\r\nHost: a\r\n\r\n",
            get("b", "/x@y")),
        Arguments.of(
            "absolute form without path",
            "GET http://b HTTP/1.1\r\nHost: a\r\n\r\n",
            get("b", "/")),
        Arguments.of(
            "absolute form with query only",
            "GET http://b?x=1 HTTP/1.1\r\nHost: a\r\n\r\n",
            get("b", "?x=1")),
        Arguments.of(
            "no host",
            "GET / HTTP/1.1\r\n\r\n",
            "HEAD end\n:path: /\n:method: GET\n:scheme: http\n"),
        Arguments.of(
            "star",
            "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n",
            "HEAD end\n:authority: a\n:path: *\n:method: OPTIONS\n:scheme: http\n"),
        Arguments.of(
            "CONNECT",
            "CONNECT b:443 HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            "HEAD close\n:authority: b:443\n:method: CONNECT\nTUNNEL GET / HTTP/1.1\r\n\r\n\n"),
        Arguments.of(
            "underscore, empty and high values",
            PREFIX + "X_Y:\r\nz:\t\u00c3\u00a9 \t\r\n\r\n",
            get("a", "/") + "x_y: \nz: \u00e9\n"),
        Arguments.of(
            "tabs inside", PREFIX + "x: a\tb\t c\r\n\r\n", get("a", "/") + "x: a\tb\t c\n"),
        Arguments.of(
            "duplicates",
            PREFIX + "X-Dup: 1\r\nx-dup: 2\r\n\r\n",
            get("a", "/") + "x-dup: 1\nx-dup: 2\n"),
        Arguments.of(
            "close",
            PREFIX + "connection: x, Close\r\n\r\n",
            get("a", "/").replace("HEAD", "HEAD close") + "connection: x, Close\n"),
        Arguments.of(
            "leading zeros",
            PREFIX + "content-length: 003\r\n\r\nabc",
            get("a", "/").replace(" end", "") + "content-length: 003\nBODY abc\nEND\n"),
        Arguments.of(
            "length 0",
            PREFIX + "content-length: 0\r\n\r\n",
            get("a", "/") + "content-length: 0\n"),
        Arguments.of(
            "expect",
            PREFIX + "Expect: 100-Continue\r\n\r\n",
            get("a", "/").replace("HEAD", "HEAD expect") + "expect: 100-Continue\n"),
        Arguments.of(
            "upgrade",
            PREFIX + "connection: Upgrade\r\nupgrade: websocket\r\ncontent-length: 1\r\n\r\nabc",
            get("a", "/").replace("HEAD end", "HEAD close upgrade")
                + "connection: Upgrade\nupgrade: websocket\ncontent-length: 1\nTUNNEL abc\n"),
        Arguments.of(
            "h2c is no upgrade",
            PREFIX + "connection: Upgrade\r\nupgrade: h2c\r\n\r\n",
            get("a", "/") + "connection: Upgrade\nupgrade: h2c\n"),
        Arguments.of(
            "upgrade without connection",
            PREFIX + "upgrade: websocket\r\n\r\n",
            get("a", "/") + "upgrade: websocket\n"));
  }

  private static String get(String authority, String path) {
    return "HEAD end\n:authority: "
        + authority
        + "\n:path: "
        + path
        + "\n:method: GET\n:scheme: http\n";
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void accepted(String name, String request, String expected) {
    var transcript = ParserTranscript.ofRequests(request);

    assertThat(transcript).isEqualTo(expected);
  }

  @Test
  void readsPipelinedRequestsOneByOne() {
    var transcript =
        ParserTranscript.ofRequests(
            "POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nxy" + PREFIX + "\r\n");

    assertThat(transcript)
        .isEqualTo(
            """
            HEAD
            :authority: a
            :path: /1
            :method: POST
            :scheme: http
            content-length: 2
            BODY xy
            END
            """
                + get("a", "/"));
  }

  @Test
  void readsChunksWithExtensionsAndDropsForbiddenTrailers() {
    var transcript =
        ParserTranscript.ofRequests(
            CHUNKED
                + "3 ;a=\"b\"\r\n"
                + "abc\r\n"
                + "0A\t\r\n"
                + "0123456789\r\n"
                + "000;x\r\n"
                + "X-Sum: 1\r\n"
                + "Content-Length: 5\r\n"
                + "host: b\r\n\r\n"
                + PREFIX
                + "\r\n");

    assertThat(transcript)
        .isEqualTo(
            """
            HEAD
            :authority: a
            :path: /
            :method: POST
            :scheme: http
            transfer-encoding: chunked
            BODY abc0123456789
            TRAILERS
            x-sum: 1
            """
                + get("a", "/"));
  }

  @Test
  void endsAChunkedBodyWithoutTrailers() {
    assertThat(ParserTranscript.ofRequests(CHUNKED + "1\r\na\r\n0\r\n\r\n"))
        .endsWith("chunked\nBODY a\nEND\n");
    assertThat(ParserTranscript.ofRequests(CHUNKED + "0\r\n\r\n")).endsWith("chunked\nEND\n");
    assertThat(ParserTranscript.ofRequests(CHUNKED + "0\r\nhost: x\r\n\r\n"))
        .endsWith("chunked\nEND\n");
  }

  @Test
  void acceptsAHundredFieldsButNotOneMore() {
    var fields = "x: y\r\n".repeat(99);

    assertThat(ParserTranscript.ofRequests(PREFIX + fields + "\r\n")).startsWith("HEAD end\n");
    assertThat(ParserTranscript.ofRequests(PREFIX + fields + "x: y\r\n\r\n"))
        .isEqualTo("TOO_MANY_HEADERS\n");
  }

  @Test
  void limitsTheSizeOfAHead() {
    var limits = new Http1Limits(200, 100, 0);
    var rest = 200 - PREFIX.length() - "x: \r\n\r\n".length();

    assertThat(ParserTranscript.ofRequests(PREFIX + "x: " + "a".repeat(rest) + "\r\n\r\n", limits))
        .startsWith("HEAD");
    assertThat(
            ParserTranscript.ofRequests(PREFIX + "x: " + "a".repeat(rest + 1) + "\r\n\r\n", limits))
        .isEqualTo("HEADERS_TOO_LARGE\n");
    assertThat(ParserTranscript.ofRequests("GET /" + "a".repeat(300), limits))
        .isEqualTo("HEADERS_TOO_LARGE\n");
  }

  @Test
  void readsAHeadOfSixtyKilobytes() {
    var value = "v".repeat(59 * 1024);

    assertThat(ParserTranscript.ofRequests(PREFIX + "x: " + value + "\r\n\r\n"))
        .isEqualTo(get("a", "/") + "x: " + value + "\n");
  }

  @Test
  void limitsChunkExtensionsOfAWholeBody() {
    var limits = new Http1Limits(1000, 100, 20);
    var chunk = "1;" + "e".repeat(8) + "\r\na\r\n";

    assertThat(ParserTranscript.ofRequests(CHUNKED + chunk.repeat(2) + "0\r\n\r\n", limits))
        .endsWith("BODY aa\nEND\n");
    assertThat(ParserTranscript.ofRequests(CHUNKED + chunk.repeat(3), limits))
        .endsWith("BODY aa\nCODEC_ERROR\n");
  }
}
