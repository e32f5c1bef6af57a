package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;

/// What admission counts under `cluster_manager.*` and `listener_manager.*`. Written on the main
/// loop.
public final class AdmissionStats {
  final Counter clusterAdded;
  final Counter clusterModified;
  final Counter clusterRemoved;
  final Counter clusterUpdated;
  final Gauge activeClusters;
  final Gauge warmingClusters;
  final Counter listenerAdded;
  final Counter listenerModified;
  final Counter listenerRemoved;
  final Counter listenerInPlaceUpdated;
  final Gauge activeListeners;
  final Gauge warmingListeners;

  public AdmissionStats(MetricRegistry registry) {
    clusterAdded = registry.counter("cluster_manager.cluster_added");
    clusterModified = registry.counter("cluster_manager.cluster_modified");
    clusterRemoved = registry.counter("cluster_manager.cluster_removed");
    clusterUpdated = registry.counter("cluster_manager.cluster_updated");
    activeClusters = registry.gauge("cluster_manager.active_clusters");
    warmingClusters = registry.gauge("cluster_manager.warming_clusters");
    listenerAdded = registry.counter("listener_manager.listener_added");
    listenerModified = registry.counter("listener_manager.listener_modified");
    listenerRemoved = registry.counter("listener_manager.listener_removed");
    listenerInPlaceUpdated = registry.counter("listener_manager.listener_in_place_updated");
    activeListeners = registry.gauge("listener_manager.total_listeners_active");
    warmingListeners = registry.gauge("listener_manager.total_listeners_warming");
  }
}
