package dev.outrider.proxy.xds;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.LbValue;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/// Reads the part `envoy.lb` of `core.v3.Metadata`: of endpoints, and of routes as
/// `metadata_match`.
final class LbMetadataParser {
  private static final String ENVOY_LB = "envoy.lb";

  private LbMetadataParser() {}

  static LbMetadata parse(Metadata message) {
    return parse(message.getFilterMetadataOrDefault(ENVOY_LB, Struct.getDefaultInstance()));
  }

  static LbMetadata parse(Struct message) {
    return message.getFieldsCount() == 0
        ? LbMetadata.NONE
        : LbMetadata.of(new TreeMap<>(fields(message)));
  }

  private static Map<String, LbValue> fields(Struct message) {
    var fields = new HashMap<String, LbValue>();
    message.getFieldsMap().forEach((name, value) -> fields.put(name, value(value)));
    return fields;
  }

  private static LbValue value(Value message) {
    return switch (message.getKindCase()) {
      case NULL_VALUE, KIND_NOT_SET -> new LbValue.Null();
      case NUMBER_VALUE -> new LbValue.Number(message.getNumberValue());
      case STRING_VALUE -> new LbValue.Text(message.getStringValue());
      case BOOL_VALUE -> new LbValue.Bool(message.getBoolValue());
      case STRUCT_VALUE -> new LbValue.Fields(fields(message.getStructValue()));
      case LIST_VALUE ->
          new LbValue.Items(
              message.getListValue().getValuesList().stream()
                  .map(LbMetadataParser::value)
                  .toList());
    };
  }
}
