package dev.outrider.proxy.loadbalancing.hashing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.IdentityHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Passes over endpoints that have more than their share of the requests under way: the next ones
/// are tried in an order that follows from the hash (`hash_balance_factor`; the method of
/// arXiv:1608.01350 with the random jumps of arXiv:1908.08762). One loop, other than the table.
public final class BoundedLoads implements HashTable {
  private final HashTable table;
  private final WeightedHosts hosts;
  private final int balanceFactor;
  private final LongSupplier active;
  private final IdentityHashMap<Endpoint, Double> shares = new IdentityHashMap<>();
  private final MersenneTwister random = new MersenneTwister(0);
  // Positions of the endpoints, in order but while one is looked for; and what was exchanged then.
  private final int[] order;
  private final int[] exchanged;

  /// @param balanceFactor percent of the average, at least 100
  /// @param active how many requests of the cluster are under way; any thread
  public BoundedLoads(
      HashTable table, WeightedHosts hosts, int balanceFactor, LongSupplier active) {
    this.table = table;
    this.hosts = hosts;
    this.balanceFactor = balanceFactor;
    this.active = active;
    this.order = new int[hosts.endpoints().size()];
    this.exchanged = new int[order.length];
    for (var i = 0; i < order.length; i++) {
      order[i] = i;
      shares.put(hosts.endpoints().get(i), hosts.shares().get(i));
    }
  }

  @Override
  public @Nullable Endpoint at(long hash, int attempt) {
    var first = table.at(hash, attempt);
    if (first == null) {
      return null;
    }
    var slots = ((active.getAsLong() + 1) * balanceFactor + 99) / 100;
    var share = shares.get(first);
    var load = load(first, share == null ? 1 : share, slots);
    return load <= 1 ? first : another(hash, first, load, slots);
  }

  /// The first of the others that is not full; if all are, the one that is so the least.
  @SuppressWarnings("ReferenceEquality") // an endpoint of the table is one object
  private Endpoint another(long hash, Endpoint first, double firstLoad, long slots) {
    random.seed((int) hash);
    var least = first;
    var leastLoad = firstLoad;
    var tried = 0;
    while (tried < order.length && leastLoad > 1) {
      var taken = draw(tried++);
      var endpoint = hosts.endpoints().get(taken);
      if (endpoint != first) {
        var load = load(endpoint, hosts.shares().get(taken), slots);
        if (load < leastLoad) {
          least = endpoint;
          leastLoad = load;
        }
      }
    }
    while (tried > 0) {
      tried--;
      exchange(tried, exchanged[tried]);
    }
    return least;
  }

  /// One of those that were not drawn before.
  private int draw(int before) {
    exchanged[before] = before + random.below(order.length - before);
    exchange(before, exchanged[before]);
    return order[before];
  }

  private void exchange(int left, int right) {
    var kept = order[left];
    order[left] = order[right];
    order[right] = kept;
  }

  /// Requests under way by what is allowed; above 1 the endpoint is full.
  ///
  /// @param slots of all endpoints together
  private static double load(Endpoint endpoint, double share, long slots) {
    return endpoint.shared().activeRequests() / Math.max(1, Math.ceil(slots * share));
  }
}
