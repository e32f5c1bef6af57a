package dev.outrider.proxy.cluster;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The part `envoy.lb` of some metadata: what an endpoint says of itself to load balancers, and
/// what a route demands of an endpoint. Immutable, compared by content, and a key that is looked up
/// by requests: its hash is worked out once.
public final class LbMetadata {
  public static final LbMetadata NONE = new LbMetadata(Collections.emptySortedMap());

  /// What ring hash and Maglev hash in place of an endpoint's address.
  private static final String HASH_KEY = "hash_key";

  private final SortedMap<String, LbValue> values;
  private final int hash;

  private LbMetadata(SortedMap<String, LbValue> values) {
    this.values = Collections.unmodifiableSortedMap(values);
    this.hash = values.hashCode();
  }

  public static LbMetadata of(SortedMap<String, LbValue> values) {
    return values.isEmpty() ? NONE : new LbMetadata(new TreeMap<>(values));
  }

  /// In the order of their names.
  public SortedMap<String, LbValue> values() {
    return values;
  }

  public boolean isEmpty() {
    return values.isEmpty();
  }

  public @Nullable LbValue get(String name) {
    return values.get(name);
  }

  /// Empty if there is none.
  public String hashKey() {
    return values.get(HASH_KEY) instanceof LbValue.Text(var key) ? key : "";
  }

  /// These and, where `over` says something, what it says: a weighted cluster's demands over those
  /// of its route.
  public LbMetadata with(LbMetadata over) {
    if (over.isEmpty()) {
      return this;
    }
    var merged = new TreeMap<>(values);
    merged.putAll(over.values);
    return new LbMetadata(merged);
  }

  /// Only what has one of these names.
  public LbMetadata only(Iterable<String> names) {
    var kept = new TreeMap<String, LbValue>();
    for (var name : names) {
      var value = values.get(name);
      if (value != null) {
        kept.put(name, value);
      }
    }
    return of(kept);
  }

  /// All but what has this name.
  public LbMetadata without(String name) {
    if (!values.containsKey(name)) {
      return this;
    }
    var kept = new TreeMap<>(values);
    kept.remove(name);
    return of(kept);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof LbMetadata that && hash == that.hash && values.equals(that.values));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
