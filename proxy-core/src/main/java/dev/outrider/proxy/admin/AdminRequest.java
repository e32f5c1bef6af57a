package dev.outrider.proxy.admin;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request to the admin interface.
///
/// @param path decoded, without the query
/// @param query decoded parameters; a parameter without a value has an empty one
public record AdminRequest(String method, String path, Map<String, List<String>> query) {
  boolean has(String parameter) {
    return query.containsKey(parameter);
  }

  /// The first value, or null.
  @Nullable String first(String parameter) {
    var values = query.get(parameter);
    return values == null || values.isEmpty() ? null : values.getFirst();
  }
}
