package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.loadbalancing.hashing.HashRing;
import dev.outrider.proxy.loadbalancing.hashing.HashTable;
import dev.outrider.proxy.loadbalancing.hashing.MaglevTable;
import dev.outrider.proxy.metrics.StatTemplate;

/// What is shown of the hash table that was made last for a cluster, `ring_hash_lb.*` and
/// `maglev_lb.*` with Envoy's names. Main loop only.
final class HashTableStats {
  private static final StatTemplate.Definition RING = StatTemplate.define();
  private static final int RING_SIZE = RING.gauge("size");
  private static final int RING_FEWEST = RING.gauge("min_hashes_per_host");
  private static final int RING_MOST = RING.gauge("max_hashes_per_host");
  private static final StatTemplate RING_TEMPLATE = RING.template();

  private static final StatTemplate.Definition MAGLEV = StatTemplate.define();
  private static final int MAGLEV_FEWEST = MAGLEV.gauge("min_entries_per_host");
  private static final int MAGLEV_MOST = MAGLEV.gauge("max_entries_per_host");
  private static final StatTemplate MAGLEV_TEMPLATE = MAGLEV.template();

  private HashTableStats() {}

  static void show(HashTable table, ClusterShared shared) {
    if (table instanceof HashRing ring) {
      var stats = shared.stats(RING_TEMPLATE, "ring_hash_lb");
      stats.set(RING_SIZE, ring.size());
      stats.set(RING_FEWEST, ring.fewest());
      stats.set(RING_MOST, ring.most());
    } else if (table instanceof MaglevTable maglev) {
      var stats = shared.stats(MAGLEV_TEMPLATE, "maglev_lb");
      stats.set(MAGLEV_FEWEST, maglev.fewest());
      stats.set(MAGLEV_MOST, maglev.most());
    }
  }
}
