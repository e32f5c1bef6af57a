package dev.outrider.proxy.extension.schema;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One enum type. Immutable.
///
/// @param name full name
public record SchemaEnum(String name, List<Value> values) {

  /// One constant.
  public record Value(String name, int number) {}

  public SchemaEnum {
    values = List.copyOf(values);
  }

  /// The number of the constant, exact spelling first, then in any case as Envoy reads it.
  public @Nullable Integer number(String text) {
    for (var value : values) {
      if (value.name.equals(text)) {
        return value.number;
      }
    }
    for (var value : values) {
      if (value.name.equalsIgnoreCase(text)) {
        return value.number;
      }
    }
    return null;
  }

  public boolean defines(int number) {
    for (var value : values) {
      if (value.number == number) {
        return true;
      }
    }
    return false;
  }

  /// The constants' names, for a text that says what is allowed.
  public List<String> names() {
    return values.stream().map(Value::name).toList();
  }
}
