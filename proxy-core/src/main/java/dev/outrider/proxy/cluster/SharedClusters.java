package dev.outrider.proxy.cluster;

import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Every [ClusterShared] of the process by cluster name; one per process.
///
/// The main loop adds, updates and removes; workers look up when a change reaches them.
public final class SharedClusters {
  private final MetricRegistry registry;
  private final ConcurrentHashMap<String, ClusterShared> byName = new ConcurrentHashMap<>();

  // Written by the main loop before there is a cluster.
  private volatile Consumer<String> originalHostsChanged = _ -> {};

  public SharedClusters(MetricRegistry registry) {
    this.registry = registry;
  }

  /// Names who is told, on any thread, by its name of which cluster there are others than its
  /// [OriginalHosts] last said; before there is a cluster.
  public void whenOriginalHostsChange(Consumer<String> told) {
    originalHostsChanged = told;
  }

  private void originalHostsChanged(String cluster) {
    originalHostsChanged.accept(cluster);
  }

  /// Makes or updates the shared part of a cluster, before the cluster is published to the workers.
  /// Main loop only.
  public ClusterShared added(Cluster cluster) {
    return byName.compute(
        cluster.name(),
        (_, old) -> {
          if (old == null) {
            return new ClusterShared(cluster, registry, this::originalHostsChanged);
          }
          old.update(cluster);
          return old;
        });
  }

  /// One that nobody finds, for connections that count with nobody's; to be released by the caller.
  public ClusterShared apart(Cluster cluster) {
    return ClusterShared.apart(cluster, registry);
  }

  /// Null if no such cluster is known.
  public @Nullable ClusterShared get(String name) {
    return byName.get(name);
  }

  /// Begins to forget a cluster that a change removes. The answer is to be run, on the main loop,
  /// when every loop has taken that change: the cluster's statistics disappear then, unless it was
  /// added again meanwhile.
  public Runnable retire(String name) {
    var shared = byName.get(name);
    if (shared == null) {
      return () -> {};
    }
    var revision = shared.revision();
    return () -> {
      if (shared.revision() == revision && byName.remove(name, shared)) {
        shared.release();
      }
    };
  }
}
