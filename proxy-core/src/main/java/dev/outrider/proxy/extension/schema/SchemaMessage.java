package dev.outrider.proxy.extension.schema;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message type: its fields, found by name or by number. Immutable.
public final class SchemaMessage {
  /// Field numbers up to this one are looked up in an array.
  private static final int DIRECT = 1023;

  private final String name;
  private final List<SchemaOneof> oneofs;
  private final List<SchemaField> fields;
  private final Map<String, SchemaField> byName;
  private final int[] byNumber;
  private final int[] ruled;
  private final boolean unique;

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
    int highest = 0;
    for (var field : fields) {
      highest = Math.max(highest, field.number());
    }
    byNumber = new int[Math.min(highest, DIRECT) + 1];
    Arrays.fill(byNumber, -1);
    var withRules = new int[fields.size()];
    var count = 0;
    var anyUnique = false;
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).number() <= DIRECT) {
        byNumber[fields.get(i).number()] = i;
      }
      if (!fields.get(i).rules().field().isEmpty()) {
        withRules[count++] = i;
      }
      anyUnique |= fields.get(i).rules().unique();
    }
    this.ruled = Arrays.copyOf(withRules, count);
    this.unique = anyUnique;
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
    if (number < byNumber.length) {
      return byNumber[number];
    }
    for (int i = 0; number > DIRECT && i < fields.size(); i++) {
      if (fields.get(i).number() == number) {
        return i;
      }
    }
    return -1;
  }

  /// Indexes in [#fields()] of those with a rule of their own. Lent: nobody writes to it.
  public int[] ruled() {
    return ruled;
  }

  /// Whether it has a list in which nothing may be twice.
  public boolean unique() {
    return unique;
  }
}
