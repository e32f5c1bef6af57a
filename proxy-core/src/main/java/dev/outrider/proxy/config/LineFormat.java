package dev.outrider.proxy.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a log line says, as configured (Envoy `core.v3.SubstitutionFormatString`). Compared by
/// content.
public sealed interface LineFormat {

  /// Envoy's default line.
  record Standard() implements LineFormat {}

  /// A text with `%operators%`.
  ///
  /// @param omitEmpty whether a missing value shows as nothing instead of `-`
  /// @param withoutQuery whether `%REQ_WITHOUT_QUERY%` is an operator
  record Text(String text, boolean omitEmpty, boolean withoutQuery) implements LineFormat {
    public Text(String text) {
      this(text, false, false);
    }
  }

  /// A JSON object whose strings are such texts.
  ///
  /// @param members maps, lists, texts, numbers, booleans and nulls
  /// @param omitEmpty whether a missing value is left out instead of being `null`
  record Json(Map<String, @Nullable Object> members, boolean omitEmpty, boolean withoutQuery)
      implements LineFormat {
    public Json {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members)); // values may be null
    }
  }
}
