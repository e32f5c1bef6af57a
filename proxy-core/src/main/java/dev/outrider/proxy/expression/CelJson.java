package dev.outrider.proxy.expression;

import com.google.common.primitives.UnsignedLong;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import dev.outrider.proxy.attributes.JsonNumber;
import dev.outrider.proxy.attributes.JsonText;
import dev.outrider.proxy.attributes.ValueBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Values of expressions as JSON, with protobuf's forms of times, bytes and messages.
final class CelJson {
  private CelJson() {}

  /// False for what has no JSON, or is null.
  ///
  /// @param maxBytes of a text
  static boolean write(Object value, int maxBytes, ValueBuffer out) {
    switch (value) {
      case String text -> text(text, maxBytes, out);
      case NullValue _ -> {
        return false;
      }
      case Boolean truth -> out.put(truth.toString());
      // JSON's numbers are doubles
      case Long number -> out.put(JsonNumber.text(number.doubleValue()));
      case UnsignedLong number -> out.put(JsonNumber.text(number.doubleValue()));
      case Double number -> out.put(JsonNumber.text(number));
      case CelByteString bytes ->
          text(Base64.getEncoder().encodeToString(bytes.toByteArray()), maxBytes, out);
      case Duration span -> text(Durations.toString(message(span)), maxBytes, out);
      case Instant time -> text(time.toString(), maxBytes, out);
      case List<?> list -> {
        return list(list, out);
      }
      case Map<?, ?> map -> {
        return map(map, out);
      }
      case MessageOrBuilder message -> {
        return message(message, out);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void text(String text, int maxBytes, ValueBuffer out) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    JsonText.quote(bytes, 0, Math.min(maxBytes, bytes.length), out);
  }

  private static boolean list(List<?> list, ValueBuffer out) {
    out.put('[');
    for (var i = 0; i < list.size(); i++) {
      if (i > 0) {
        out.put(',');
      }
      member(list.get(i), out);
    }
    out.put(']');
    return true;
  }

  private static boolean map(Map<?, ?> map, ValueBuffer out) {
    var members = new TreeMap<String, Object>();
    for (var entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String key)) {
        return false;
      }
      members.put(key, entry.getValue());
    }
    var separator = '{';
    for (var entry : members.entrySet()) {
      out.put(separator);
      text(entry.getKey(), Integer.MAX_VALUE, out);
      out.put(':');
      member(entry.getValue(), out);
      separator = ',';
    }
    out.put(members.isEmpty() ? "{}" : "}");
    return true;
  }

  private static void member(Object value, ValueBuffer out) {
    var from = out.size();
    if (!write(value, Integer.MAX_VALUE, out)) {
      out.truncate(from);
      out.put("null");
    }
  }

  private static com.google.protobuf.Duration message(Duration span) {
    var size = span.abs(); // protobuf wants the same sign twice
    var sign = span.isNegative() ? -1 : 1;
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(sign * size.getSeconds())
        .setNanos(sign * size.getNano())
        .build();
  }

  private static Map<String, Object> members(Struct struct) {
    var members = new HashMap<String, Object>();
    struct.getFieldsMap().forEach((name, value) -> members.put(name, plain(value)));
    return members;
  }

  private static Object plain(Value value) {
    return switch (value.getKindCase()) {
      case NUMBER_VALUE -> value.getNumberValue();
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> value.getBoolValue();
      case STRUCT_VALUE -> members(value.getStructValue());
      case LIST_VALUE -> value.getListValue().getValuesList().stream().map(CelJson::plain).toList();
      case NULL_VALUE, KIND_NOT_SET -> NullValue.NULL_VALUE;
    };
  }

  /// With the names of the schema, and each number as all others are.
  private static boolean message(MessageOrBuilder message, ValueBuffer out) {
    try {
      var read = Struct.newBuilder();
      JsonFormat.parser()
          .merge(JsonFormat.printer().preservingProtoFieldNames().print(message), read);
      return map(members(read.build()), out);
    } catch (InvalidProtocolBufferException _) {
      return false; // an Any of a type that nobody knows
    }
  }
}
