package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.Set;

/// Counts the subsets that one loop divides the endpoints of a cluster into. Any loop.
final class SubsetCounts {
  private SubsetCounts() {}

  /// @param stats those of [ClusterStats]
  static void count(StatOwner stats, Set<LbMetadata> before, Set<LbMetadata> now) {
    if (before.isEmpty() && now.isEmpty()) {
      return;
    }
    var created = missing(before, now);
    var removed = missing(now, before);
    stats.add(ClusterStats.LB_SUBSETS_CREATED, created);
    stats.add(ClusterStats.LB_SUBSETS_REMOVED, removed);
    stats.add(ClusterStats.LB_SUBSETS_ACTIVE, created - removed);
  }

  private static int missing(Set<LbMetadata> from, Set<LbMetadata> subsets) {
    var missing = 0;
    for (var subset : subsets) {
      missing += from.contains(subset) ? 0 : 1;
    }
    return missing;
  }
}
