package dev.outrider.proxy.loadbalancing.hashing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.IdentityHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Passes over endpoints that have more than their share of the requests under way: the next ones
/// are tried in an order that follows from the hash (`hash_balance_factor`; the method of
/// arXiv:1608.01350 with the random jumps of arXiv:1908.08762).
public final class BoundedLoads implements HashTable {
  private final HashTable table;
  private final WeightedHosts hosts;
  private final int balanceFactor;
  private final LongSupplier active;
  private final IdentityHashMap<Endpoint, Double> shares = new IdentityHashMap<>();

  /// @param balanceFactor percent of the average, at least 100
  /// @param active how many requests of the cluster are under way; any thread
  public BoundedLoads(
      HashTable table, WeightedHosts hosts, int balanceFactor, LongSupplier active) {
    this.table = table;
    this.hosts = hosts;
    this.balanceFactor = balanceFactor;
    this.active = active;
    for (var i = 0; i < hosts.endpoints().size(); i++) {
      shares.put(hosts.endpoints().get(i), hosts.shares().get(i));
    }
  }

  @Override
  public @Nullable Endpoint at(long hash, int attempt) {
    var first = table.at(hash, attempt);
    if (first == null) {
      return null;
    }
    var load = load(first, shares.getOrDefault(first, 1.0));
    return load <= 1 ? first : another(hash, first, load);
  }

  /// The first of the others that is not full; if all are, the one that is so the least.
  @SuppressWarnings("ReferenceEquality") // an endpoint of the table is one object
  private Endpoint another(long hash, Endpoint first, double firstLoad) {
    var count = hosts.endpoints().size();
    var order = new int[count];
    for (var i = 0; i < count; i++) {
      order[i] = i;
    }
    var random = new MersenneTwister((int) hash);
    var least = first;
    var leastLoad = firstLoad;
    for (var i = 0; i < count; i++) {
      var other = i + random.below(count - i);
      var taken = order[other];
      order[other] = order[i];
      order[i] = taken;
      var endpoint = hosts.endpoints().get(taken);
      if (endpoint == first) {
        continue;
      }
      var load = load(endpoint, hosts.shares().get(taken));
      if (load <= 1) {
        return endpoint;
      }
      if (load < leastLoad) {
        least = endpoint;
        leastLoad = load;
      }
    }
    return least;
  }

  /// Requests under way by what is allowed; above 1 the endpoint is full.
  private double load(Endpoint endpoint, double share) {
    var slots = ((active.getAsLong() + 1) * balanceFactor + 99) / 100;
    return endpoint.shared().activeRequests() / Math.max(1, Math.ceil(slots * share));
  }
}
