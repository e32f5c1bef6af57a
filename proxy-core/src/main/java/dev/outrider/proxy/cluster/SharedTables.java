package dev.outrider.proxy.cluster;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is dear to make of a cluster's endpoints and the same for every loop: hash tables. The first
/// loop that asks makes one; since a change comes to the main loop before it comes to the workers,
/// that is the main loop, and the others find it made. Kept as long as some loop holds it.
///
/// Any thread.
public final class SharedTables {
  private final ConcurrentHashMap<Object, WeakReference<Object>> made = new ConcurrentHashMap<>(0);

  /// The table made of `parts`, which stand for all that it is made of: equal parts, equal table.
  ///
  /// @param type what `maker` makes; immutable
  public <T> T get(Class<T> type, Object parts, Supplier<T> maker) {
    var result = new ArrayList<@Nullable T>(1);
    made.compute(
        parts,
        (_, known) -> {
          var table = known == null ? null : known.get();
          if (table != null) {
            result.add(type.cast(table));
            return known;
          }
          var fresh = maker.get();
          result.add(fresh);
          return new WeakReference<>(fresh);
        });
    made.values().removeIf(table -> table.get() == null);
    return type.cast(result.getFirst());
  }
}
