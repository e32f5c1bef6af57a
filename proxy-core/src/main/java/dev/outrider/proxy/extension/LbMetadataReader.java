package dev.outrider.proxy.extension;

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
public final class LbMetadataReader {
  private static final String ENVOY_LB = "envoy.lb";

  private LbMetadataReader() {}

  public static LbMetadata read(Metadata message) {
    return message.getFilterMetadataCount() == 0
        ? LbMetadata.NONE
        : read(message.getFilterMetadataOrDefault(ENVOY_LB, Struct.getDefaultInstance()));
  }

  public static LbMetadata read(Struct message) {
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
      case NUMBER_VALUE -> new LbValue.Numeric(message.getNumberValue());
      case STRING_VALUE -> new LbValue.Text(message.getStringValue());
      case BOOL_VALUE -> new LbValue.Bool(message.getBoolValue());
      case STRUCT_VALUE -> new LbValue.Fields(fields(message.getStructValue()));
      case LIST_VALUE ->
          new LbValue.Items(
              message.getListValue().getValuesList().stream()
                  .map(LbMetadataReader::value)
                  .toList());
    };
  }
}
