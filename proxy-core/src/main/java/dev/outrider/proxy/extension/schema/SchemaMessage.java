package dev.outrider.proxy.extension.schema;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message type: its fields, found by name or by number. Immutable.
public final class SchemaMessage {
  private final String name;
  private final List<SchemaOneof> oneofs;
  private final List<SchemaField> fields;
  private final Map<String, SchemaField> byName;

  SchemaMessage(String name, List<SchemaOneof> oneofs, List<SchemaField> fields) {
    this.name = name;
    this.oneofs = List.copyOf(oneofs);
    this.fields = List.copyOf(fields);
    byName = HashMap.newHashMap(2 * fields.size());
    for (var field : fields) {
      byName.put(field.jsonName(), field);
    }
    for (var field : fields) {
      byName.put(field.name(), field);
    }
  }

  /// Full name, e.g. `envoy.config.cluster.v3.Cluster`.
  public String name() {
    return name;
  }

  public List<SchemaOneof> oneofs() {
    return oneofs;
  }

  /// In the order of the `.proto` file.
  public List<SchemaField> fields() {
    return fields;
  }

  /// By its name in the `.proto` file or its lowerCamel form.
  public @Nullable SchemaField field(String anyName) {
    return byName.get(anyName);
  }

  public @Nullable SchemaField field(int number) {
    int index = indexOf(number);
    return index < 0 ? null : fields.get(index);
  }

  /// Index in [#fields()], -1 if there is none with that number.
  public int indexOf(int number) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).number() == number) {
        return i;
      }
    }
    return -1;
  }
}
