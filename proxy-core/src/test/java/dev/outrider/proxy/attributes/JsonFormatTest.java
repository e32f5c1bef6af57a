package dev.outrider.proxy.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonFormatTest {
  private static final FormatEnvironment ENVIRONMENT = new FormatEnvironment("h", _ -> null);

  private static String format(Map<String, ?> object, StreamInfo info) {
    var out = new ValueBuffer(1);
    JsonFormat.parse(
            object,
            ENVIRONMENT,
            problem -> {
              throw new AssertionError(problem);
            })
        .write(info, out);
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void sortsKeysAndKeepsTypes() {
    assertThat(
            format(
                Map.of(
                    "z", "%RESPONSE_CODE%",
                    "a", "%REQ(:METHOD)%",
                    "m", "%REQ(X-NONE)%",
                    "mixed", "%PROTOCOL% %RESPONSE_CODE% %REQ(X-NONE)%",
                    "env", "%ENVIRONMENT(NO)%",
                    "nested", Map.of("on", true, "list", List.of(1, "x"))),
                Streams.proxied()))
        .isEqualTo(
            "{\"a\":\"GET\",\"env\":\"-\",\"m\":null,\"mixed\":\"HTTP/1.1 200 -\","
                + "\"nested\":{\"list\":[1,\"x\"],\"on\":true},\"z\":200}");
  }

  @Test
  void escapesWhatComesFromOutside() {
    var info = Streams.begun();
    info.requestHead(Streams.head(HeadKind.REQUEST, "x-q", "say \"hi\"\\\tü"));

    assertThat(format(Map.of("q\"", "<%REQ(X-Q)%>", "q2", "%REQ(X-Q)%"), info))
        .isEqualTo("{\"q\\\"\":\"<say \\\"hi\\\"\\\\\\tü>\",\"q2\":\"say \\\"hi\\\"\\\\\\tü\"}");
  }

  @Test
  void reportsProblemsInside() {
    var problems = new ArrayList<String>();

    JsonFormat.parse(Map.of("a", List.of("%NOPE%")), ENVIRONMENT, problems::add);

    assertThat(problems).containsExactly("unknown operator %NOPE%");
  }
}
