package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.http.Http2Options.Keepalive;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.http2.FrameBytes;
import dev.outrider.proxy.routing.UpgradeRules;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is no HTTP/2 message or frame, and what is too much of it. Details, flags and limits are
/// those of a running Envoy 1.40.
class Http2RulesTest {
  private static final String FIELD = "0 DPE http2.invalid.header.field";
  private static final String MESSAGE = "0 DPE http2.violation.of.messaging.rule";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  // ---- messages

  @ParameterizedTest
  @CsvSource({
    ":path /a :scheme http :authority h, MESSAGE",
    ":method GET :scheme http :authority h, MESSAGE",
    ":method GET :path /a :authority h, MESSAGE",
    ":method GET :path /a :scheme http, MESSAGE",
    ":method GET :path a :scheme http :authority h, MESSAGE",
    ":method GET :path ~ :scheme http :authority h, FIELD",
    ":method GET :path /a :path /b :scheme http :authority h, FIELD",
    ":method GET x y :path /a :scheme http :authority h, FIELD",
    ":method GET :path /a :scheme http :authority h :foo b, FIELD",
    ":method GET :path /a :scheme http :authority h :status 200, FIELD",
    ":method GET :path /a :scheme http :authority h X-A b, FIELD",
    ":method GET :path /a :scheme http :authority h connection close, FIELD",
    ":method GET :path /a :scheme http :authority h keep-alive 1, FIELD",
    ":method GET :path /a :scheme http :authority h proxy-connection x, FIELD",
    ":method GET :path /a :scheme http :authority h transfer-encoding chunked, FIELD",
    ":method GET :path /a :scheme http :authority h upgrade x, FIELD",
    ":method GET :path /a :scheme http :authority h te gzip, FIELD",
    ":method GET :path /a :scheme http :authority h host g host i, FIELD",
    ":method GET :path /a :scheme http :authority u@h, FIELD",
    ":method GET :path /a :scheme http :authority ~, FIELD",
    ":method ~ :path /a :scheme http :authority h, FIELD",
    ":method GET :path /a :scheme http :authority h x a\\r\\nb, FIELD",
    ":method GET :path /a :scheme http :authority h x a\\0b, FIELD",
    ":method GET :path /a :scheme http :authority h content-length 5, MESSAGE",
    ":method GET :path /a :scheme http :authority h content-length x, FIELD",
    ":method GET :path /a :scheme http :authority h content-length 5 content-length 5, FIELD",
    ":method CONNECT :path /a :scheme http :authority h, MESSAGE",
    ":method CONNECT :path /a :scheme http :authority h :protocol websocket, FIELD",
    ":method GET :path /a :scheme http :authority h :protocol websocket, FIELD",
  })
  void aMalformedRequestCostsTheConnection(String fields, String verdict) {
    var client = Http2Peer.connected(proxy);

    client.send(client.frames().head(1, true, block(fields), 1));

    assertThat(client.received()).containsExactly("GOAWAY 1 PROTOCOL_ERROR");
    assertThat(proxy.log).containsExactly(verdict.equals("FIELD") ? FIELD : MESSAGE);
    assertThat(proxy.stat("http2.rx_messaging_error")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_cx_protocol_error")).isEqualTo(1);
    proxy.advance(1_100);
    assertThat(client.open()).isFalse();
  }

  @Test
  void aMalformedRequestCostsItsStreamOnlyIfThatIsWanted() {
    proxy.http2 = Http2Peer.options(1024, false, true, Keepalive.OFF);
    var client = Http2Peer.connected(proxy.configured()).get(1);

    client.send(client.frames().head(3, true, block(":method GET"), 1));
    proxy.upstream().send("HTTP/1.1 204 No Content\n\n");

    assertThat(client.received()).containsExactly("RST 3 PROTOCOL_ERROR", "HEADERS 1 204 end");
    assertThat(proxy.log).containsExactly(MESSAGE, "204 - via_upstream");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":method GET :path /a :scheme http host h",
        ":method GET :path /a :scheme https :authority h",
        ":method GET :path /a :scheme http :authority h host g",
        ":method GET :path /a :scheme http :authority h te trailers",
        ":method GET :path /a :scheme http :authority h content-length 0",
        ":method GET :path /a :scheme http :authority h http2-settings x",
      })
  void whatIsOnlyOddIsServed(String fields) {
    var client = Http2Peer.connected(proxy);

    client.send(client.frames().head(1, true, block(fields), 1));
    proxy.upstream().send("HTTP/1.1 204 No Content\n\n");

    assertThat(client.received()).containsExactly("HEADERS 1 204 end");
  }

  @ParameterizedTest
  @ValueSource(strings = {"9", "2"})
  void aBodyOfAnotherLengthCostsTheStream(String length) {
    var client = Http2Peer.connected(proxy).post(1, "content-length", length);

    client.data(1, "hello", true);

    assertThat(client.received()).containsExactly("RST 1 PROTOCOL_ERROR");
    assertThat(proxy.log).containsExactly("0 DPE http2.remote_reset");
    assertThat(client.open()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({":path y, true, FIELD", "te gzip, true, FIELD", "x y, false, MESSAGE"})
  void trailersAreNoSecondHead(String fields, boolean end, String verdict) {
    var client = Http2Peer.connected(proxy).post(1);

    client.send(client.frames().head(1, end, block(fields), 1));

    assertThat(client.received()).containsExactly("GOAWAY 1 PROTOCOL_ERROR");
    assertThat(proxy.log).containsExactly(verdict.equals("FIELD") ? FIELD : MESSAGE);
  }

  @Test
  void aNameWithAnUnderscoreCostsTheStreamIfThatIsWanted() {
    proxy.requests = new RequestOptions(UpgradeRules.NONE, false, UnderscoreNames.REJECT_REQUEST);
    var client = Http2Peer.connected(proxy.configured()).post(1, "x_a", "b");

    assertThat(client.received()).containsExactly("RST 1 INTERNAL_ERROR");
    assertThat(proxy.log).containsExactly("0 DR http2.unexpected_underscore");
    assertThat(proxy.stat("http2.requests_rejected_with_underscores_in_headers")).isEqualTo(1);
    assertThat(proxy.upstreams).isEmpty();
  }

  @Test
  void aFieldWithAnUnderscoreInItsNameIsDroppedIfThatIsWanted() {
    proxy.requests = new RequestOptions(UpgradeRules.NONE, false, UnderscoreNames.DROP_HEADER);
    var client = Http2Peer.connected(proxy.configured()).post(1, "x_a", "b", "x-c", "d");
    client.send(client.frames().head(1, true, FrameBytes.block("x_t", "1"), 1));

    assertThat(proxy.upstream().received()).contains("x-c: d").doesNotContain("x_a", "x_t");
    assertThat(proxy.stat("http2.dropped_headers_with_underscores")).isEqualTo(2);
  }

  @Test
  void tooManyFieldsCostTheStream() {
    var client = Http2Peer.connected(proxy);
    var crumbs = new ArrayList<>(List.of("cookie", "a=1"));
    for (var i = 0; i < 96; i++) {
      crumbs.addAll(List.of("cookie", "a=1"));
    }

    client.send(
        client.frames().head(1, true, Http2Peer.request("GET", crumbs.toArray(String[]::new)), 1));
    client.get(3);
    proxy.upstream().send("HTTP/1.1 204 No Content\n\n");

    assertThat(client.received()).containsExactly("RST 1 INTERNAL_ERROR", "HEADERS 3 204 end");
    assertThat(proxy.log.getFirst()).isEqualTo("0 DR http2.too_many_headers");
    assertThat(proxy.stat("http2.header_overflow")).isEqualTo(1);
  }

  @Test
  void aHeadThatIsTooLargeCostsTheStream() {
    var client = Http2Peer.connected(proxy);
    var value = "v".repeat(31 << 10);

    client.send(
        client.frames().head(1, true, Http2Peer.request("GET", "x-a", value, "x-b", value), 8));

    assertThat(client.received()).containsExactly("RST 1 INTERNAL_ERROR");
    assertThat(proxy.log).containsExactly("0 DR http2.header_list_size_too_large");
    assertThat(proxy.stat("http2.header_list_size_too_large")).isEqualTo(1);
  }

  @Test
  void aHeadWithoutEndCostsTheConnection() {
    var client = Http2Peer.connected(proxy);
    var frames = client.frames().frame(FrameBytes.HEADERS, 1, 1, Http2Peer.request("GET"));
    for (var i = 0; i < 20; i++) {
      frames.frame(FrameBytes.CONTINUATION, 0, 1, new byte[16_384]);
    }

    client.send(frames);

    assertThat(client.received()).containsExactly("GOAWAY 0 ENHANCE_YOUR_CALM");
  }

  // ---- frames

  @Test
  void aStreamWithAnEvenOrALowerNumberCostsTheConnection() {
    assertThat(Http2Peer.connected(proxy).get(2).received())
        .containsExactly("GOAWAY 0 PROTOCOL_ERROR");
    assertThat(Http2Peer.connected(proxy).get(5).get(3).received())
        .containsExactly("GOAWAY 5 STREAM_CLOSED");
  }

  @Test
  void dataMustBelongToAStream() {
    assertThat(Http2Peer.connected(proxy).data(1, "x", true).received())
        .containsExactly("GOAWAY 0 PROTOCOL_ERROR");
    assertThat(Http2Peer.connected(proxy).get(1).data(1, "x", true).received())
        .containsExactly("RST 1 STREAM_CLOSED");
  }

  @Test
  void aStreamThatIsOverTakesNoData() {
    var client = Http2Peer.connected(proxy).get(1);
    proxy.upstream().send("HTTP/1.1 204 No Content\n\n");
    client.received();

    assertThat(client.data(1, "x", true).received()).containsExactly("RST 1 STREAM_CLOSED");
  }

  @Test
  void windowsGrowByMoreThanNothingAndNotForEver() {
    var client = Http2Peer.connected(proxy).post(1).post(3);

    client.send(client.frames().windowUpdate(1, 0).windowUpdate(3, Integer.MAX_VALUE));
    assertThat(client.received())
        .containsExactly("RST 1 PROTOCOL_ERROR", "RST 3 FLOW_CONTROL_ERROR");
    client.send(client.frames().windowUpdate(0, Integer.MAX_VALUE));

    assertThat(client.received()).containsExactly("GOAWAY 3 FLOW_CONTROL_ERROR");
  }

  @ParameterizedTest
  @CsvSource({
    "6, 0, 0, 7, FRAME_SIZE_ERROR",
    "6, 0, 1, 8, PROTOCOL_ERROR",
    "4, 0, 0, 5, FRAME_SIZE_ERROR",
    "4, 0, 1, 6, PROTOCOL_ERROR",
    "4, 1, 0, 6, FRAME_SIZE_ERROR",
    "3, 0, 1, 3, FRAME_SIZE_ERROR",
    "3, 0, 0, 4, PROTOCOL_ERROR",
    "3, 0, 9, 4, PROTOCOL_ERROR",
    "2, 0, 1, 4, FRAME_SIZE_ERROR",
    "8, 0, 0, 3, FRAME_SIZE_ERROR",
    "7, 0, 1, 8, PROTOCOL_ERROR",
    "7, 0, 0, 7, FRAME_SIZE_ERROR",
    "5, 0, 1, 8, PROTOCOL_ERROR",
    "9, 4, 1, 8, PROTOCOL_ERROR",
    "0, 0, 0, 8, PROTOCOL_ERROR",
    "1, 4, 0, 8, PROTOCOL_ERROR",
    "0, 0, 1, 16385, FRAME_SIZE_ERROR",
  })
  void aFrameIsWhatItsTypeSays(int type, int flags, int stream, int length, String error) {
    var client = Http2Peer.connected(proxy);

    client.send(client.frames().frame(type, flags, stream, new byte[length]));

    assertThat(client.received()).containsExactly("GOAWAY 0 " + error);
  }

  @Test
  void settingsComeFirst() {
    var client = new Http2Peer(proxy);

    client.send(client.frames().preface().frame(FrameBytes.PING, 0, 0, new byte[8]));

    assertThat(client.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
  }

  @ParameterizedTest
  @CsvSource({
    "2, 2, PROTOCOL_ERROR",
    "4, -1, FLOW_CONTROL_ERROR",
    "5, 1, PROTOCOL_ERROR",
    "5, 16777216, PROTOCOL_ERROR",
    "8, 2, PROTOCOL_ERROR",
  })
  void settingsHaveTheirRanges(int setting, int value, String error) {
    var client = Http2Peer.connected(proxy);

    client.send(client.frames().settings(setting, value));

    assertThat(client.received()).containsExactly("GOAWAY 0 " + error);
  }

  @Test
  void nothingComesBetweenThePiecesOfAHead() {
    var client = Http2Peer.connected(proxy);

    client.send(
        client
            .frames()
            .frame(FrameBytes.HEADERS, 1, 1, Http2Peer.request("GET"))
            .frame(FrameBytes.PING, 0, 0, new byte[8]));

    assertThat(client.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
  }

  @Test
  void aPingIsAnsweredAndAnUnknownFrameIsNot() {
    var client = Http2Peer.connected(proxy);

    client.send(
        client.frames().frame(99, 255, 7, new byte[3]).frame(FrameBytes.PING, 0, 0, new byte[8]));

    assertThat(client.received()).containsExactly("PING ack");
  }

  // ---- floods

  @Test
  void moreStreamsThanAllowedAreRefused() {
    proxy.http2 = Http2Peer.options(2, false, false, Keepalive.OFF);
    var client = Http2Peer.connected(proxy.configured()).get(1).get(3).get(5);

    assertThat(client.received()).containsExactly("RST 5 REFUSED_STREAM");
    client.send(client.frames().reset(1, 8));
    client.get(7);

    assertThat(client.received()).isEmpty();
    assertThat(proxy.upstreams).hasSize(3);
  }

  @Test
  void oneFrameWithoutPayloadIsEnough() {
    var client = Http2Peer.connected(proxy).post(1).data(1, "", false).data(1, "x", false);
    assertThat(client.received()).isEmpty();

    client.data(1, "", false).data(1, "", false);

    assertThat(client.received()).containsExactly("GOAWAY 1 ENHANCE_YOUR_CALM");
    assertThat(proxy.log).containsExactly("0 DPE http2.inbound_empty_frames_flood");
    assertThat(proxy.stat("http2.inbound_empty_frames_flood")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "6, 8, 1000, outbound_control_flood",
    "4, 0, 1000, outbound_control_flood",
    "2, 5, 100, inbound_priority_frames_flood",
    "8, 4, 5, inbound_window_update_frames_flood",
  })
  void framesThatCostThePeerNothingAreCounted(int type, int length, int most, String stat) {
    var client = new Http2Peer(proxy);
    var payload = new byte[length];
    if (length > 3) {
      payload[3] = 1;
    }
    var stream = type == FrameBytes.PRIORITY ? 3 : 0;
    client.send(client.frames().preface().settings());
    client.received();
    for (var i = 0; i < most; i++) {
      client.frames().frame(type, 0, stream, payload);
    }
    client.send(client.frames());
    assertThat(client.received()).doesNotContain("GOAWAY 0 ENHANCE_YOUR_CALM");

    for (var i = 0; i <= most; i++) {
      client.frames().frame(type, 0, stream, payload);
    }
    client.send(client.frames());

    assertThat(client.received()).contains("GOAWAY 0 ENHANCE_YOUR_CALM");
    assertThat(proxy.stat("http2." + stat)).isEqualTo(1);
  }

  @Test
  void aClientThatBeginsStreamsToEndThemIsGivenUp() {
    var client = Http2Peer.connected(proxy);
    for (var i = 0; i < 249; i++) {
      client.post(1 + 2 * i).send(client.frames().reset(1 + 2 * i, 8));
    }
    assertThat(client.received()).isEmpty();

    client.post(499).send(client.frames().reset(499, 8));

    assertThat(client.received()).containsExactly("GOAWAY 499 ENHANCE_YOUR_CALM");
    assertThat(proxy.stat("http.test.downstream_rq_too_many_premature_resets")).isEqualTo(1);
  }

  @Test
  void aClientThatMakesUsResetItsStreamsIsGivenUpAsWell() {
    var client = Http2Peer.connected(proxy);

    for (var i = 0; i < 250; i++) {
      client.post(1 + 2 * i).send(client.frames().windowUpdate(1 + 2 * i, 0));
    }

    assertThat(client.received()).contains("RST 1 PROTOCOL_ERROR", "GOAWAY 499 ENHANCE_YOUR_CALM");
    assertThat(proxy.stat("http.test.downstream_rq_too_many_premature_resets")).isEqualTo(1);
  }

  @Test
  void streamsThatHaveTheirAnswersAreNotPremature() {
    var client = Http2Peer.connected(proxy);

    for (var i = 0; i < 600; i++) {
      client.get(1 + 2 * i);
      proxy.upstream().send("HTTP/1.1 204 No Content\n\n");
    }

    assertThat(client.received()).hasSize(600);
    assertThat(client.open()).isTrue();
  }

  /// Names and values with spaces between; `~` is an empty value.
  private static byte[] block(String fields) {
    var words = fields.split(" ");
    for (var i = 0; i < words.length; i++) {
      words[i] =
          words[i].equals("~")
              ? ""
              : words[i].replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0");
    }
    return FrameBytes.block(words);
  }
}
