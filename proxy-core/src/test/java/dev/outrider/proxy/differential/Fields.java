package dev.outrider.proxy.differential;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a YAML mapping key by key; a key that nobody asked for is a mistake of the author's.
final class Fields {
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Set<String> asked = new HashSet<>();
  private final String place;

  private Fields(String place) {
    this.place = place;
  }

  static Fields of(@Nullable Object node, String place) {
    var fields = new Fields(place);
    if (!(node instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException(place + ": expected a mapping, found " + node);
    }
    map.forEach((key, value) -> fields.values.put(String.valueOf(key), value));
    return fields;
  }

  boolean has(String key) {
    asked.add(key);
    return values.get(key) != null;
  }

  @Nullable Object any(String key) {
    asked.add(key);
    return values.get(key);
  }

  String text(String key) {
    var value = any(key);
    if (value == null) {
      throw new IllegalArgumentException(place + ": '" + key + "' is missing");
    }
    return value.toString();
  }

  String text(String key, String otherwise) {
    return has(key) ? text(key) : otherwise;
  }

  int number(String key, int otherwise) {
    return has(key) ? Integer.decode(text(key)) : otherwise;
  }

  boolean flag(String key) {
    return has(key) && Boolean.parseBoolean(text(key));
  }

  List<?> list(String key) {
    var value = any(key);
    if (value != null && !(value instanceof List<?>)) {
      throw new IllegalArgumentException(place + ": '" + key + "' is not a list");
    }
    return value == null ? List.of() : (List<?>) value;
  }

  /// Keys as text; empty if there is none.
  Map<String, Object> map(String key) {
    return has(key) ? of(any(key), place + "." + key).values : Map.of();
  }

  void done() {
    for (var key : values.keySet()) {
      if (!asked.contains(key)) {
        throw new IllegalArgumentException(place + ": unknown key '" + key + "'");
      }
    }
  }
}
