package dev.outrider.proxy.cluster;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The part `envoy.lb` of some metadata: what an endpoint says of itself to load balancers, and
/// what a route demands of an endpoint.
///
/// @param values in the order of their names
public record LbMetadata(SortedMap<String, LbValue> values) {
  public static final LbMetadata NONE = new LbMetadata(Collections.emptySortedMap());

  /// What ring hash and Maglev hash in place of an endpoint's address.
  private static final String HASH_KEY = "hash_key";

  public LbMetadata {
    values = values.isEmpty() ? values : Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  public boolean isEmpty() {
    return values.isEmpty();
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
    return kept.isEmpty() ? NONE : new LbMetadata(kept);
  }

  public @Nullable LbValue get(String name) {
    return values.get(name);
  }
}
