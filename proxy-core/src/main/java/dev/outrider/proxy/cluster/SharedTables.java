package dev.outrider.proxy.cluster;

import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// What is dear to make of a cluster's endpoints and the same for every loop: hash tables. The
/// first loop that asks makes one; since a change comes to the main loop before it comes to the
/// workers, that is the main loop, and the others find it made. Nobody waits while one is made;
/// should two loops make the same, both get that of the one that was ready first. Kept as long as
/// some loop holds it.
///
/// Any thread.
public final class SharedTables {
  private final ConcurrentHashMap<Object, WeakReference<Object>> made = new ConcurrentHashMap<>(0);

  /// The table made of `parts`, which stand for all that it is made of: equal parts, equal table.
  ///
  /// @param type what `maker` makes; immutable
  public <T> T get(Class<T> type, Object parts, Supplier<T> maker) {
    var known = made.get(parts);
    var table = known == null ? null : known.get();
    if (table != null) {
      return type.cast(table);
    }
    var fresh = maker.get(); // not inside the map: others would wait for it, even for other tables
    made.values().removeIf(reference -> reference.get() == null);
    var kept =
        made.merge(
            parts, new WeakReference<>(fresh), (other, ours) -> other.get() == null ? ours : other);
    var first = kept.get();
    return first == null ? fresh : type.cast(first);
  }
}
