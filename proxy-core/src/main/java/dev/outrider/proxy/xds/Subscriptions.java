package dev.outrider.proxy.xds;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The subscriptions that Envoy would have, for their statistics: one for all clusters, one for all
/// listeners, one for each cluster's endpoints and for each connection manager's routes. Main loop
/// only.
final class Subscriptions {

  /// One of the many: who owns it and what it asks for.
  ///
  /// @param owner name in statistics: of the cluster, or `<stat prefix>.rds.<name>`
  record Owned(String owner, ResourceKey asked) {}

  private final MetricRegistry registry;
  private final Loop loop;
  private final Map<ResourceKind, SubscriptionStats> wholes = new HashMap<>();
  private final Map<Owned, SubscriptionStats> parts = new HashMap<>();

  Subscriptions(MetricRegistry registry, Loop loop) {
    this.registry = registry;
    this.loop = loop;
  }

  /// Every resource of a kind is asked for.
  void openWhole(ResourceKind kind) {
    var prefix = kind == ResourceKind.CLUSTER ? "cluster_manager.cds" : "listener_manager.lds";
    wholes.computeIfAbsent(kind, _ -> SubscriptionStats.of(registry, prefix, loop)).asked();
  }

  /// These and no others exist of a kind; new ones count as asked.
  void replace(ResourceKind kind, Set<Owned> wanted) {
    for (var owned : List.copyOf(parts.keySet())) {
      if (owned.asked().kind() == kind && !wanted.contains(owned)) {
        var gone = parts.remove(owned);
        if (gone != null) {
          gone.release();
        }
      }
    }
    for (var owned : wanted) {
      if (!parts.containsKey(owned)) {
        var stats =
            kind == ResourceKind.ENDPOINTS
                ? SubscriptionStats.ofCluster(registry, owned.owner(), loop)
                : SubscriptionStats.of(registry, "http." + owned.owner(), loop);
        stats.asked();
        parts.put(owned, stats);
      }
    }
  }

  /// Counts what a delivery came to.
  ///
  /// @param refused names that were not taken, or all that came with a broken delivery
  void concluded(
      Delivery delivery, Delivery.Outcome outcome, Set<String> refused, long startNanos) {
    var whole = wholes.get(delivery.kind());
    if (whole != null) {
      if (refused.isEmpty() && outcome.broken() == null) {
        whole.accepted(delivery.version(), startNanos, !outcome.arrived().isEmpty());
      } else {
        whole.refused();
      }
      return;
    }
    var good = outcome.good();
    parts.forEach(
        (owned, stats) -> {
          var key = owned.asked();
          if (key.kind() != delivery.kind()) {
            return;
          }
          if (outcome.broken() != null || refused.contains(key.name())) {
            stats.refused();
          } else if (good.contains(key.name())) {
            stats.accepted(
                delivery.version(), startNanos, outcome.arrived().containsKey(key.name()));
          }
        });
  }

  void disconnected() {
    wholes.values().forEach(SubscriptionStats::disconnected);
    parts.values().forEach(SubscriptionStats::disconnected);
  }

  void timedOut(ResourceKind whole) {
    var stats = wholes.get(whole);
    if (stats != null) {
      stats.timedOut();
    }
  }

  void timedOut(ResourceKey missed) {
    parts.forEach(
        (owned, stats) -> {
          if (owned.asked().equals(missed)) {
            stats.timedOut();
          }
        });
  }
}
