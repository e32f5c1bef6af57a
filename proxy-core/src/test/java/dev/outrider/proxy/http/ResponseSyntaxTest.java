package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What an upstream may send, whole, in every split and byte by byte; afterwards it closes the
/// connection.
class ResponseSyntaxTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";

  static List<Arguments> framing() {
    return List.of(
        Arguments.of(
            OK + "content-length: 3\r\n\r\nabc",
            "HEAD\n:status: 200\ncontent-length: 3\nBODY abc\nEND\n"),
        Arguments.of(
            OK + "content-length: 0\r\n\r\n", "HEAD end\n:status: 200\ncontent-length: 0\n"),
        Arguments.of(
            OK + "content-length: 3\r\n\r\nab",
            "HEAD\n:status: 200\ncontent-length: 3\nBODY ab\nCUT SHORT\n"),
        Arguments.of(OK + "\r\nabc", "HEAD close\n:status: 200\nBODY abc\nEND\n"),
        Arguments.of(OK + "\r\n", "HEAD close\n:status: 200\nEND\n"),
        Arguments.of("HTTP/1.1 200\r\n\r\n", "HEAD close\n:status: 200\nEND\n"),
        Arguments.of(
            "HTTP/1.1 999 \r\ncontent-length: 0\r\n\r\n",
            "HEAD end\n:status: 999\ncontent-length: 0\n"),
        Arguments.of(
            "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HEAD close end\n:status: 200\ncontent-length: 0\n"),
        Arguments.of(
            "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n",
            "HEAD end\n:status: 200\nconnection: keep-alive\ncontent-length: 0\n"),
        Arguments.of(
            OK + "connection: close\r\ncontent-length: 0\r\n\r\n",
            "HEAD close end\n:status: 200\nconnection: close\ncontent-length: 0\n"),
        Arguments.of(
            OK + "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\ngrpc-status: 0\r\n\r\n",
            "HEAD\n:status: 200\ntransfer-encoding: chunked\nBODY ab\nTRAILERS\ngrpc-status: 0\n"),
        Arguments.of(
            OK + "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n",
            "HEAD\n:status: 200\ntransfer-encoding: chunked\nBODY ab\nCUT SHORT\n"),
        Arguments.of("HTTP/1.1 204 No Content\r\n\r\n", "HEAD end\n:status: 204\n"),
        Arguments.of(
            "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n", "HEAD end\n:status: 204\n"),
        Arguments.of(
            "HTTP/1.1 304 x\r\ncontent-length: 9\r\n\r\n",
            "HEAD end\n:status: 304\ncontent-length: 9\n"),
        Arguments.of(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
                + OK
                + "content-length: 0\r\n\r\n",
            """
            INTERIM
            :status: 100
            INTERIM
            :status: 103
            link: x
            HEAD end
            :status: 200
            content-length: 0
            """),
        Arguments.of("HTTP/1.1 100 Continue\r\n\r\n", "INTERIM\n:status: 100\nCUT SHORT\n"),
        Arguments.of("", "CUT SHORT\n"),
        Arguments.of("HTTP/1.1 20", "CUT SHORT\n"));
  }

  @ParameterizedTest
  @MethodSource
  void framing(String response, String expected) {
    assertThat(ParserTranscript.ofResponse(response)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
        "content-length: 3\r\ncontent-length: 3\r\n\r\n",
        "content-length: x\r\n\r\n",
        "transfer-encoding: gzip\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nzz\r\n",
        "x-a: a\nb\r\n\r\n",
        "x-a: a\r\n b\r\n\r\n",
        "no colon\r\n\r\n"
      })
  void refusesAmbiguousResponses(String rest) {
    assertThat(ParserTranscript.ofResponse(OK + rest))
        .matches("(?s).*(CODEC_ERROR|LENGTH_AND_CHUNKED|INVALID_TRANSFER_ENCODING)\nCUT SHORT\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\r\n",
        "HTTP/x.0 200 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "\r\nHTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\ncontent-length: 1\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\ncontent-length: 1\r\n\r\n",
        "HTTP/1.1 100 Continue\r\ncontent-length: 1\r\n\r\n",
        "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n"
      })
  void refusesWhatIsNotAResponse(String response) {
    assertThat(ParserTranscript.ofResponse(response)).isEqualTo("CODEC_ERROR\nCUT SHORT\n");
  }

  @Test
  void refusesChunkedInAnOldVersion() {
    assertThat(ParserTranscript.ofResponse("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"))
        .isEqualTo("INVALID_TRANSFER_ENCODING\nCUT SHORT\n");
  }

  @Test
  void refusesAFloodOfInterimResponses() {
    var flood = "HTTP/1.1 100 Continue\r\n\r\n".repeat(101);

    assertThat(ParserTranscript.ofResponse(flood)).endsWith("CODEC_ERROR\nCUT SHORT\n");
  }

  @Test
  void readsNoBodyAfterHead() {
    var response = OK + "content-length: 3\r\n\r\n";

    assertThat(ParserTranscript.ofResponseToHead(response))
        .isEqualTo("HEAD end\n:status: 200\ncontent-length: 3\n");
  }

  @Test
  void acceptsAHeadOfSeventyKilobytes() {
    var value = "v".repeat(70 * 1024);

    assertThat(ParserTranscript.ofResponse(OK + "x: " + value + "\r\ncontent-length: 0\r\n\r\n"))
        .startsWith("HEAD end\n:status: 200\nx: vv");
  }

  @Test
  void aSwitchOfProtocolsOpensTheTunnelThatWasAskedFor() {
    var text = "HTTP/1.1 101 S\r\nconnection: x, Upgrade\r\nupgrade: y\r\n\r\n0\r\n";
    var head = ":status: 101\nconnection: x, Upgrade\nupgrade: y\n";

    assertThat(ParserTranscript.ofTunnel(Tunnel.UPGRADE, text))
        .isEqualTo("HEAD close upgrade\n" + head + "TUNNEL 0\r\n\nCUT SHORT\n");
    assertThat(ParserTranscript.ofResponse(text))
        .isEqualTo("HEAD upgrade end\n" + head + "LEFT 3\n");
    assertThat(ParserTranscript.ofTunnel(Tunnel.UPGRADE, "HTTP/1.1 101 S\r\n\r\n"))
        .isEqualTo("HEAD end\n:status: 101\n");
  }

  @Test
  void successOpensWhatConnectAskedFor() {
    assertThat(
            ParserTranscript.ofTunnel(
                Tunnel.CONNECT, "HTTP/1.1 204 N\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"))
        .isEqualTo("HEAD close\n:status: 204\nTUNNEL HTTP/1.1 200 OK\r\n\r\n\nCUT SHORT\n");
    assertThat(
            ParserTranscript.ofTunnel(
                Tunnel.CONNECT, "HTTP/1.1 403 F\r\ncontent-length: 1\r\n\r\nxy"))
        .isEqualTo("HEAD\n:status: 403\ncontent-length: 1\nBODY x\nEND\nLEFT 1\n");
  }
}
