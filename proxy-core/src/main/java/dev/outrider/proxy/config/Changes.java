package dev.outrider.proxy.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// What changed among the resources of one kind, by name. A name is never both updated and removed.
///
/// @param updated added or replaced resources, in the order they became active
/// @param removed names that are gone
public record Changes<T>(Map<String, T> updated, Set<String> removed) {

  public Changes {
    updated = Collections.unmodifiableMap(new LinkedHashMap<>(updated));
    removed = Collections.unmodifiableSet(new LinkedHashSet<>(removed));
  }

  /// Nothing changed.
  public static <T> Changes<T> none() {
    return new Changes<>(Map.of(), Set.of());
  }

  /// Everything in `resources` is new.
  public static <T> Changes<T> all(Map<String, T> resources) {
    return new Changes<>(resources, Set.of());
  }

  public boolean isEmpty() {
    return updated.isEmpty() && removed.isEmpty();
  }
}
