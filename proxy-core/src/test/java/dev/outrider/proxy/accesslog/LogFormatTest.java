package dev.outrider.proxy.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.attributes.Streams;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Expected lines were written by Envoy 1.40 for the same exchanges.
class LogFormatTest {
  private final LogFormat format = LogFormat.defaultLine(FormatEnvironment.ofProcess());

  private String line(StreamInfo info) {
    var out = new ValueBuffer();
    format.write(info, out);
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void writesAProxiedRequest() {
    assertThat(line(Streams.proxied()))
        .isEqualTo(
            "[2026-11-22T16:16:07.618Z] \"GET /a/x?q=1 HTTP/1.1\" 200 - 0 176 6 0 \"-\" \"-\""
                + " \"454900df-95a2-454e-874d-7f02bc2d03bd\" \"example.test\""
                + " \"127.0.0.1:20610\"\n");
  }

  @Test
  void writesARequestThatCouldNotBeRead() {
    var info = Streams.begun();
    info.responseCode(400);
    info.flags().raise(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR);
    info.sizes().addResponseBody(11);
    info.times().ended(1_000_000_100L);

    assertThat(line(info))
        .isEqualTo(
            "[2026-11-22T16:16:07.618Z] \"- - HTTP/1.1\" 400 DPE 0 11 0 - \"-\" \"-\" \"-\" \"-\""
                + " \"-\"\n");
  }

  @Test
  void writesTheOriginalPathOfARewrittenRequest() {
    var info = Streams.proxied();
    var head = info.requestHead();
    if (head != null) {
      head.set(HeaderNames.PATH, "/new");
      head.set(HeaderNames.X_ENVOY_ORIGINAL_PATH, "/rw/z");
      head.set(HeaderNames.AUTHORITY, "rewritten.example");
    }

    assertThat(line(info)).contains("\"GET /rw/z HTTP/1.1\"", "\"rewritten.example\"");
  }

  @Test
  void writesWhatTheClientSaidAboutItself() {
    var info = Streams.begun();
    info.requestHead(
        Streams.head(
            HeadKind.REQUEST,
            ":method",
            "POST",
            ":path",
            "/",
            "user-agent",
            "curl/8",
            "x-forwarded-for",
            "1.2.3.4,192.0.2.2"));

    assertThat(line(info))
        .contains("\"POST / HTTP/1.1\" 0 - 0 0 - - \"1.2.3.4,192.0.2.2\" \"curl/8\"");
  }
}
