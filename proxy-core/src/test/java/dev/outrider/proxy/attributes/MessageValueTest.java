package dev.outrider.proxy.attributes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.config.core.v3.Extension;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The expected bytes were seen on Envoy 1.40.
class MessageValueTest {
  private static final Struct STRUCT =
      Struct.newBuilder()
          .putFields("num", number(3))
          .putFields("frac", number(1.5))
          .putFields("txt", text("hi"))
          .putFields("flag", Value.newBuilder().setBoolValue(true).build())
          .putFields("list", list(text("a"), number(2)))
          .putFields("sub", struct(Struct.newBuilder().putFields("k", text("v"))))
          .putFields("void", Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build())
          .build();
  private static final Node NODE =
      Node.newBuilder()
          .setId("node-1")
          .setMetadata(STRUCT)
          .setLocality(Locality.newBuilder().setRegion("eu"))
          .setUserAgentBuildVersion(
              BuildVersion.newBuilder().setVersion(SemanticVersion.newBuilder().setMajorNumber(1)))
          .addExtensions(Extension.newBuilder().setName("first"))
          .addExtensions(Extension.newBuilder().setName("second").setCategory("c"))
          .addClientFeatures("f")
          .build();

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }

  private static Value list(Value... items) {
    return Value.newBuilder()
        .setListValue(ListValue.newBuilder().addAllValues(Arrays.asList(items)))
        .build();
  }

  private static Value struct(Struct.Builder struct) {
    return Value.newBuilder().setStructValue(struct).build();
  }

  private static AttributeKind read(
      MessageShape shape, byte[] message, String dotted, ValueBuffer out) {
    var path = dotted.replace('/', '\0').getBytes(UTF_8);
    return MessageValue.read(shape, message, path, dotted.isEmpty() ? 1 : 0, path.length, out);
  }

  private static byte[] value(String path, AttributeKind kind) {
    var out = new ValueBuffer(1);
    assertThat(read(MessageShape.NODE, NODE.toByteArray(), path, out)).isEqualTo(kind);
    return out.toBytes();
  }

  @ParameterizedTest
  @CsvSource({
    "id,node-1",
    "cluster,''",
    "user_agent_version,''",
    "locality/region,eu",
    "locality/zone,''",
    "metadata/txt,hi",
    "metadata/sub/k,v",
    "metadata/list/0,a",
    "extensions/0/name,first",
    "extensions/1/name,second",
    "extensions/1/category,c",
    "client_features/0,f"
  })
  void readsTextsAndTheirDefault(String path, String expected) {
    assertThat(new String(value(path, AttributeKind.TEXT), UTF_8)).isEqualTo(expected);
  }

  @Test
  void readsNumbersAndTruth() {
    assertThat(value("user_agent_build_version/version/major_number", AttributeKind.UINT))
        .containsExactly(1, 0, 0, 0, 0, 0, 0, 0);
    assertThat(value("user_agent_build_version/version/patch", AttributeKind.UINT))
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(value("extensions/0/disabled", AttributeKind.BOOL)).containsExactly(0);
    assertThat(value("metadata/flag", AttributeKind.BOOL)).containsExactly(1);
    assertThat(value("metadata/num", AttributeKind.DOUBLE))
        .containsExactly(0, 0, 0, 0, 0, 0, 8, 64);
    assertThat(
            ByteBuffer.wrap(value("metadata/frac", AttributeKind.DOUBLE))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getDouble())
        .isEqualTo(1.5);
  }

  @Test
  void writesMapsAndListsAsPairs() {
    assertThat(value("metadata/sub", AttributeKind.MAP))
        .containsExactly(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'k', 0, 'v', 0);
    assertThat(value("metadata/list", AttributeKind.LIST))
        .containsExactly(
            2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 'a', 0, 0, 0, 0, 0, 0, 0, 0,
            0, 64, 0, 0);
    assertThat(value("client_features", AttributeKind.LIST))
        .containsExactly(1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'f', 0, 0);
    assertThat(value("dynamic_parameters", AttributeKind.MAP)).containsExactly(0, 0, 0, 0);
    assertThat(value("listening_addresses", AttributeKind.LIST)).containsExactly(0, 0, 0, 0);
  }

  @Test
  void writesMapsInMapsInside() {
    var metadata =
        Metadata.newBuilder()
            .putFilterMetadata("ns", Struct.newBuilder().putFields("txt", text("cluster")).build())
            .build();
    var out = new ValueBuffer(1);

    assertThat(read(MessageShape.METADATA, metadata.toByteArray(), "filter_metadata", out))
        .isEqualTo(AttributeKind.MAP);

    assertThat(out.toBytes())
        .isEqualTo(
            "\1\0\0\0\2\0\0\0\30\0\0\0ns\0\1\0\0\0\3\0\0\0\7\0\0\0txt\0cluster\0\0"
                .getBytes(UTF_8));
  }

  @Test
  void writesTypedMetadataByItsName() {
    var any = Any.newBuilder().setTypeUrl("x/y").build();
    var metadata = Metadata.newBuilder().putTypedFilterMetadata("ns", any).build();
    var out = new ValueBuffer(1);

    var kind = read(MessageShape.METADATA, metadata.toByteArray(), "typed_filter_metadata/ns", out);

    assertThat(kind).isEqualTo(AttributeKind.MESSAGE);
    assertThat(out.toBytes()).isEqualTo(any.toByteArray());
  }

  @Test
  void writesMessagesAsTheyAre() {
    assertThat(value("locality", AttributeKind.MESSAGE))
        .isEqualTo(NODE.getLocality().toByteArray());
    assertThat(value("extensions/1", AttributeKind.MESSAGE))
        .isEqualTo(NODE.getExtensions(1).toByteArray());
    assertThat(value("", AttributeKind.MESSAGE)).isEqualTo(NODE.toByteArray());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nosuch",
        "id/x",
        "metadata/nosuch",
        "metadata/txt/x",
        "metadata/num/x",
        "metadata/list/9",
        "metadata/list/x",
        "metadata/list/-1",
        "metadata/list/99999999999",
        "metadata/void/x",
        "extensions/2",
        "extensions/0/nosuch"
      })
  void findsNothingElsewhere(String path) {
    assertThat(value(path, AttributeKind.ABSENT)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"metadata", "metadata/void"})
  void cannotWriteANullNorWhatHoldsOne(String path) {
    assertThat(value(path, AttributeKind.GROUP)).isEmpty();
  }

  @Test
  void takesTheLastOfAFieldThatIsThereTwice() {
    var twice = new ValueBuffer();
    twice.put(Node.newBuilder().setId("a").build().toByteArray());
    twice.put(Node.newBuilder().setId("b").build().toByteArray());
    var out = new ValueBuffer();

    read(MessageShape.NODE, twice.toBytes(), "id", out);

    assertThat(new String(out.toBytes(), UTF_8)).isEqualTo("b");
  }

  @Test
  void survivesBrokenMessages() {
    var whole = NODE.toByteArray();
    for (var length = 0; length < whole.length; length++) {
      var cut = Arrays.copyOf(whole, length);
      for (var path : new String[] {"metadata", "metadata/sub/k", "extensions/1/name", "id"}) {
        var out = new ValueBuffer(1);
        var kind = read(MessageShape.NODE, cut, path, out);
        assertThat(kind).isNotNull();
      }
      cut = whole.clone();
      cut[length] = (byte) 0xff;
      assertThat(read(MessageShape.NODE, cut, "metadata", new ValueBuffer(1))).isNotNull();
    }
  }

  @Test
  void goesNoDeeperThanProtobufItself() {
    var deep = text("end");
    for (var i = 0; i < 200; i++) {
      deep = list(deep);
    }
    var message = Struct.newBuilder().putFields("deep", deep).build().toByteArray();

    assertThat(read(MessageShape.Json.STRUCT, message, "deep", new ValueBuffer()))
        .isEqualTo(AttributeKind.GROUP);
  }
}
