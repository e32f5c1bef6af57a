package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// By what a request finds the scope of its routes (Envoy `ScopedRouteConfiguration.Key`).
public record ScopeKey(List<String> parts) {
  public ScopeKey {
    parts = List.copyOf(parts);
  }

  /// That of a request; null if it lacks a part.
  public static @Nullable ScopeKey of(List<ScopeKeyPart> rule, HeaderMap head) {
    var parts = new ArrayList<String>(rule.size());
    for (var part : rule) {
      var text = part.of(head);
      if (text == null) {
        return null;
      }
      parts.add(text);
    }
    return new ScopeKey(parts);
  }
}
