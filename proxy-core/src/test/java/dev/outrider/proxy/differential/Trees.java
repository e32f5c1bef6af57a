package dev.outrider.proxy.differential;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Mappings and lists as YAML gives them.
final class Trees {
  private Trees() {}

  static Map<String, Object> mapping(@Nullable Object node) {
    var copy = new LinkedHashMap<String, Object>();
    if (node instanceof Map<?, ?> map) {
      map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    }
    return copy;
  }

  /// `over` wins; mappings are merged, lists replaced.
  static Object merged(@Nullable Object under, Object over) {
    if (!(under instanceof Map<?, ?>) || !(over instanceof Map<?, ?>)) {
      return over;
    }
    var both = mapping(under);
    mapping(over).forEach((key, value) -> both.put(key, merged(both.get(key), value)));
    return both;
  }

  /// A copy with every text replaced.
  static Object texts(Object node, UnaryOperator<String> replace) {
    return switch (node) {
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<String, Object>();
        map.forEach(
            (key, value) -> {
              if (value != null) {
                copy.put(replace.apply(String.valueOf(key)), texts(value, replace));
              }
            });
        yield copy;
      }
      case List<?> list -> list.stream().map(item -> texts(item, replace)).toList();
      case String text -> replace.apply(text);
      default -> node;
    };
  }
}
