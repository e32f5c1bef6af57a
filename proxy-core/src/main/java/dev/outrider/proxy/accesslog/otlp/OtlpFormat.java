package dev.outrider.proxy.accesslog.otlp;

import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.stream.StreamInfo;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/// A value whose texts are format strings; keys are not. Immutable, any thread.
sealed interface OtlpFormat {
  /// The value for one stream. The buffer is used for each text in turn.
  AnyValue of(StreamInfo info, ValueBuffer buffer);

  static OtlpFormat parse(AnyValue value, FormatEnvironment known, Consumer<String> problems) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> new Text(FormatString.parse(value.getStringValue(), known, problems));
      case KVLIST_VALUE -> parse(value.getKvlistValue(), known, problems);
      case ARRAY_VALUE ->
          new Items(
              value.getArrayValue().getValuesList().stream()
                  .map(item -> parse(item, known, problems))
                  .toList());
      case BOOL_VALUE, INT_VALUE, DOUBLE_VALUE, BYTES_VALUE, VALUE_NOT_SET -> {
        problems.accept(
            "Only string values, nested key value lists and array values are supported in"
                + " OpenTelemetry access log format.");
        yield new Items(List.of());
      }
    };
  }

  static Members parse(KeyValueList list, FormatEnvironment known, Consumer<String> problems) {
    return new Members(
        list.getValuesList().stream()
            .map(each -> new Member(each.getKey(), parse(each.getValue(), known, problems)))
            .toList());
  }

  /// Text with operators; always a text, whatever type an operator has, as in Envoy.
  record Text(FormatString format) implements OtlpFormat {
    @Override
    public AnyValue of(StreamInfo info, ValueBuffer buffer) {
      buffer.clear();
      format.write(info, buffer);
      // Bytes that are no UTF-8, which a message cannot hold, are replaced.
      var text = new String(buffer.array(), 0, buffer.size(), StandardCharsets.UTF_8);
      return AnyValue.newBuilder().setStringValue(text).build();
    }
  }

  /// A list.
  record Items(List<OtlpFormat> items) implements OtlpFormat {
    @Override
    public AnyValue of(StreamInfo info, ValueBuffer buffer) {
      var values = ArrayValue.newBuilder();
      for (var item : items) {
        values.addValues(item.of(info, buffer));
      }
      return AnyValue.newBuilder().setArrayValue(values).build();
    }
  }

  /// Named values, in their order.
  record Members(List<Member> members) implements OtlpFormat {
    @Override
    public AnyValue of(StreamInfo info, ValueBuffer buffer) {
      return AnyValue.newBuilder().setKvlistValue(list(info, buffer)).build();
    }

    KeyValueList list(StreamInfo info, ValueBuffer buffer) {
      var list = KeyValueList.newBuilder();
      for (var member : members) {
        list.addValues(
            KeyValue.newBuilder().setKey(member.key).setValue(member.value.of(info, buffer)));
      }
      return list.build();
    }
  }

  /// One of them.
  record Member(String key, OtlpFormat value) {}
}
