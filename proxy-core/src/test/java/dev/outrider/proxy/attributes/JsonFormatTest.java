package dev.outrider.proxy.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFormatTest {
  private static final FormatEnvironment ENVIRONMENT = new FormatEnvironment("h", _ -> null);

  private static String format(Map<String, ?> object, StreamInfo info) {
    return format(object, false, info);
  }

  private static String format(Map<String, ?> object, boolean omitEmpty, StreamInfo info) {
    var out = new ValueBuffer(1);
    JsonFormat.parse(
            object,
            omitEmpty,
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
  void leavesOutWhatIsMissingWhereThatIsAskedFor() {
    var object = new HashMap<String, @Nullable Object>();
    object.put("null", null);
    object.put("none", "%REQ(X-NONE)%");
    object.put("inner", Map.of("deep", Map.of("none", "%REQ(X-NONE)%")));
    object.put("list", List.of("%REQ(X-NONE)%", Map.of("none", "%REQ(X-NONE)%"), true));
    object.put("mixed", "<%REQ(X-NONE)%>");
    object.put("empty", List.of());

    assertThat(format(object, true, Streams.begun()))
        .isEqualTo("{\"empty\":[],\"list\":[true],\"mixed\":\"<>\"}");
    assertThat(format(Map.of("none", "%REQ(X-NONE)%"), true, Streams.begun())).isEqualTo("{}");
    assertThat(format(object, false, Streams.begun()))
        .isEqualTo(
            "{\"empty\":[],\"inner\":{\"deep\":{\"none\":null}},"
                + "\"list\":[null,{\"none\":null},true],"
                + "\"mixed\":\"<->\",\"none\":null,\"null\":null}");
  }

  @Test
  void showsMetadataWithSortedKeysAndTheirTypes() {
    var inner = Struct.newBuilder().putFields("c", number(3)).putFields("a", number(-0.25));
    var struct =
        Struct.newBuilder()
            .putFields("z", Value.newBuilder().setStructValue(inner).build())
            .putFields("big", number(1e6))
            .putFields("t", Value.newBuilder().setStringValue("a\"b").build())
            .putFields("yes", Value.newBuilder().setBoolValue(true).build())
            .putFields("nil", Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build());
    var message = Metadata.newBuilder().putFilterMetadata("ns", struct.build()).build();
    var info = Streams.begun();
    info.routeMetadata(
        dev.outrider.proxy.cluster.Metadata.NONE,
        dev.outrider.proxy.cluster.Metadata.of(message.toByteArray()));
    var whole =
        "{\"big\":1e+06,\"nil\":null,\"t\":\"a\\\"b\",\"yes\":true,"
            + "\"z\":{\"a\":-0.25,\"c\":3}}";

    assertThat(format(Map.of("m", "%METADATA(ROUTE:ns)%"), info))
        .isEqualTo("{\"m\":" + whole + "}");
    assertThat(
            format(
                Map.of(
                    "cut", "%METADATA(ROUTE:ns:t):2%",
                    "deep", "%METADATA(ROUTE:ns:z:c)%",
                    "nil", "%METADATA(ROUTE:ns:nil)%",
                    "none", "%METADATA(ROUTE:ns:t:x)%",
                    "text", "<%METADATA(ROUTE:ns:t)%%METADATA(ROUTE:ns:z):4%>"),
                info))
        .isEqualTo(
            "{\"cut\":\"a\\\"\",\"deep\":3,\"nil\":null,\"none\":null,"
                + "\"text\":\"<a\\\"b{\\\"a\\\">\"}");
  }

  private static Value number(double value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, -0",
    "10000, 10000",
    "100000, 1e+05",
    "1000001, 1000001",
    "1e20, 1e+20",
    "0.00001, 1e-05",
    "0.1, 0.1",
    "9007199254740992, 9007199254740992",
    "-1000000, -1e+06",
    "123456.789, 123456.789",
    "1.5e300, 1.5e+300",
    "NaN, null"
  })
  void writesNumbersAsEnvoyDoes(double number, String expected) {
    assertThat(JsonNumber.text(number)).isEqualTo(expected);
  }

  @Test
  void showsBytesThatAreNoTextAsCharacters() {
    var bytes = new byte[] {'h', (byte) 0xff, (byte) 0xc3, (byte) 0xa9};
    var out = new ValueBuffer();

    JsonText.quote(bytes, 0, 4, out);
    JsonText.quote(bytes, 2, 2, out);
    JsonText.quote(bytes, 2, 1, out);

    assertThat(new String(out.toBytes(), StandardCharsets.UTF_8))
        .isEqualTo("\"h\\u00ff\\u00c3\\u00a9\"\"é\"\"\\u00c3\"");
  }

  @Test
  void reportsProblemsInside() {
    var problems = new ArrayList<String>();

    JsonFormat.parse(Map.of("a", List.of("%NOPE%")), false, ENVIRONMENT, problems::add);

    assertThat(problems).containsExactly("unknown operator %NOPE%");
  }
}
