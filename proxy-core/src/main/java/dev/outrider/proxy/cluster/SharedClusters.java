package dev.outrider.proxy.cluster;

import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Every [ClusterShared] of the process by cluster name; one per process.
///
/// The main loop adds, updates and removes; workers look up when a change reaches them.
public final class SharedClusters {
  private final MetricRegistry registry;
  private final ConcurrentHashMap<String, ClusterShared> byName = new ConcurrentHashMap<>();

  public SharedClusters(MetricRegistry registry) {
    this.registry = registry;
  }

  /// Makes or updates the shared part of a cluster, before the cluster is published to the workers.
  /// Main loop only.
  public ClusterShared added(Cluster cluster) {
    return byName.compute(
        cluster.name(),
        (_, old) -> {
          if (old == null) {
            return new ClusterShared(
                cluster, registry.owner(ClusterStats.TEMPLATE, "cluster." + cluster.statName()));
          }
          old.update(cluster.breakers());
          return old;
        });
  }

  /// Null if no such cluster is known.
  public @Nullable ClusterShared get(String name) {
    return byName.get(name);
  }

  /// Forgets a cluster, after the workers have let it go: its statistics disappear. Main loop only.
  public void removed(String name) {
    var old = byName.remove(name);
    if (old != null) {
      old.stats().release();
    }
  }
}
