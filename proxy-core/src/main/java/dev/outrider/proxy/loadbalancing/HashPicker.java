package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.loadbalancing.hashing.HashTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Chooses by the hash of the request, priority and endpoint: the same for the same hash. As in
/// Envoy degraded endpoints are in no table, and `retry_priority` does not count.
final class HashPicker implements HostPicker {
  private final PriorityLoads loads;
  private final HashTable[] tables;
  private final PickerScope scope;

  /// @param tables one for each priority: of its healthy endpoints or, in panic, of all
  HashPicker(PriorityLoads loads, List<HashTable> tables, PickerScope scope) {
    this.loads = loads;
    this.tables = tables.toArray(HashTable[]::new);
    this.scope = scope;
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var hash = context.hashed() ? context.hash() : scope.random().nextLong();
    var chosen = loads.choose(hash);
    var priority = chosen < 0 ? ~chosen : chosen;
    if (loads.panic(priority)) {
      scope.cells().inc(ClusterStats.LB_HEALTHY_PANIC);
    }
    var table = tables[priority];
    var endpoint = table.at(hash, 0);
    for (var attempt = 1;
        attempt < context.maxPicks() && endpoint != null && context.rejects(endpoint);
        attempt++) {
      endpoint = table.at(hash, attempt);
    }
    return endpoint;
  }
}
