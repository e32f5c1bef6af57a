package dev.outrider.proxy.xds.runtime;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.xds.core.Scope;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads the content of a layer that is a message.
public final class RuntimeStructs {
  private static final String NUMERATOR = "numerator";
  private static final String DENOMINATOR = "denominator";

  private RuntimeStructs() {}

  /// Values by key. A key may be written in one piece or as a path of mappings.
  public static Map<String, RuntimeValue> values(Struct layer, Scope scope) {
    var values = new LinkedHashMap<String, RuntimeValue>();
    layer.getFieldsMap().forEach((key, value) -> read(key, value, values, scope));
    return values;
  }

  private static void read(String key, Value value, Map<String, RuntimeValue> values, Scope scope) {
    switch (value.getKindCase()) {
      case NUMBER_VALUE -> values.put(key, RuntimeValue.of(value.getNumberValue()));
      case BOOL_VALUE -> values.put(key, RuntimeValue.of(value.getBoolValue()));
      case STRING_VALUE -> values.put(key, RuntimeValue.ofString(value.getStringValue()));
      case STRUCT_VALUE -> {
        var fields = value.getStructValue().getFieldsMap();
        if (fields.isEmpty() || fields.containsKey(NUMERATOR) || fields.containsKey(DENOMINATOR)) {
          values.put(key, fraction(value.getStructValue()));
        } else {
          fields.forEach((name, inner) -> read(key + "." + name, inner, values, scope));
        }
      }
      case LIST_VALUE, NULL_VALUE, KIND_NOT_SET ->
          scope.problem("Invalid runtime entry value for " + key);
    }
  }

  private static RuntimeValue fraction(Struct message) {
    var numerator = message.getFieldsOrDefault(NUMERATOR, Value.getDefaultInstance());
    var denominator = message.getFieldsOrDefault(DENOMINATOR, Value.getDefaultInstance());
    var text =
        switch (denominator.getKindCase()) {
          case STRING_VALUE -> denominator.getStringValue();
          case NUMBER_VALUE -> Long.toString((long) denominator.getNumberValue());
          default -> "";
        };
    var share =
        numerator.getNumberValue() < 0
            ? null
            : RuntimeValue.Share.of((long) numerator.getNumberValue(), text);
    return RuntimeValue.of(message.getFieldsCount() == 0 ? null : share, message.toString());
  }
}
