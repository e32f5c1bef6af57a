package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The subscriptions that Envoy would have, for their statistics: one for all clusters, one for all
/// listeners, one for each cluster's endpoints, for each connection manager's routes and for each
/// secret. Main loop only.
public final class Subscriptions {

  /// One of the many: who owns it and what it asks for.
  ///
  /// @param owner name in statistics: of the cluster, `<stat prefix>.rds.<name>`, `<stat
  ///   prefix>.rds.vhds.<name>`, `<stat prefix>.scoped_rds.<name>`, `sds.<name>` or
  ///   `network_filter.<name>`
  public record Owned(String owner, ResourceKey asked) {

    /// Null if what is asked for does not come from a control plane.
    ///
    /// @param by the cluster that asks for its endpoints, the stat prefix of who asks for its
    ///   routes
    static @Nullable Owned of(String by, ResourceKey asked) {
      return switch (asked.kind()) {
        case ENDPOINTS -> new Owned(by, asked);
        case ROUTES -> new Owned(by + ".rds." + asked.name(), asked);
        case SECRET -> asked.source() == null ? new Owned("sds." + asked.name(), asked) : null;
        case EXTENSION, CLUSTER, LISTENER, RUNTIME, SCOPE, LOCALITY, VIRTUAL_HOST ->
            null; // others say which
      };
    }
  }

  private final MetricRegistry registry;
  private final Loop loop;
  private final Map<ResourceKind, SubscriptionStats> wholes = new HashMap<>();
  private final Map<ResourceKind, @Nullable ResourceSource> sources = new HashMap<>();
  private final Map<ResourceKey, Map<Owned, SubscriptionStats>> parts = new HashMap<>();

  public Subscriptions(MetricRegistry registry, Loop loop) {
    this.registry = registry;
    this.loop = loop;
  }

  /// Every resource of a kind is asked for.
  ///
  /// @param source where; null = of the control plane
  public void openWhole(ResourceKind kind, @Nullable ResourceSource source) {
    sources.put(kind, source);
    wholes.computeIfAbsent(kind, _ -> SubscriptionStats.of(registry, prefix(kind), loop)).asked();
  }

  /// What the statistics begin with of asking for all resources of a kind.
  public static String prefix(ResourceKind kind) {
    return kind == ResourceKind.CLUSTER ? "cluster_manager.cds" : "listener_manager.lds";
  }

  /// What the statistics begin with of asking for one.
  public static String prefix(Owned owned) {
    return switch (owned.asked().kind()) {
      case ENDPOINTS -> "cluster." + owned.owner();
      case EXTENSION -> "extension_config_discovery." + owned.owner();
      case ROUTES, SCOPE, VIRTUAL_HOST, CLUSTER, LISTENER -> "http." + owned.owner();
      case SECRET, LOCALITY, RUNTIME -> owned.owner();
    };
  }

  /// Somebody asks for something new.
  public void open(Owned owned) {
    parts.computeIfAbsent(owned.asked(), _ -> new HashMap<>()).computeIfAbsent(owned, this::ask);
  }

  /// Those who asked for something ask for more of it.
  public void askedAgain(ResourceKey key) {
    parts.getOrDefault(key, Map.of()).values().forEach(SubscriptionStats::asked);
  }

  /// Nobody of that name asks for it any more.
  public void close(Owned owned) {
    parts.computeIfPresent(
        owned.asked(),
        (_, owners) -> {
          var gone = owners.remove(owned);
          if (gone != null) {
            gone.release();
          }
          return owners.isEmpty() ? null : owners;
        });
  }

  private SubscriptionStats ask(Owned owned) {
    var stats =
        switch (owned.asked().kind()) {
          case ENDPOINTS -> SubscriptionStats.ofCluster(registry, owned.owner(), loop);
          case SECRET -> SubscriptionStats.ofSecret(registry, owned.owner(), loop);
          case EXTENSION -> SubscriptionStats.ofExtension(registry, owned.owner(), loop);
          case LOCALITY -> SubscriptionStats.ofLocality(registry, owned.owner(), loop);
          case VIRTUAL_HOST -> SubscriptionStats.ofHosts(registry, "http." + owned.owner(), loop);
          case RUNTIME -> SubscriptionStats.of(registry, owned.owner(), loop);
          case SCOPE -> SubscriptionStats.ofScopes(registry, "http." + owned.owner(), loop);
          case ROUTES, CLUSTER, LISTENER ->
              SubscriptionStats.of(registry, "http." + owned.owner(), loop);
        };
    stats.asked();
    return stats;
  }

  /// Counts what a delivery came to.
  ///
  /// @param refused names that were not taken
  public void concluded(
      Delivery delivery, Delivery.Outcome outcome, Set<String> refused, long startNanos) {
    var whole = wholes.get(delivery.kind());
    if (whole != null) {
      if (refused.isEmpty() && outcome.broken() == null) {
        whole.accepted(delivery.version(), startNanos, !outcome.arrived().isEmpty());
      } else {
        whole.refused();
      }
    } else if (delivery.kind() == ResourceKind.SCOPE) {
      concludedAll(delivery, outcome, refused, startNanos);
    } else if (outcome.broken() != null) {
      parts.forEach(
          (key, owners) -> {
            if (key.kind() == delivery.kind() && Objects.equals(key.source(), delivery.source())) {
              owners.values().forEach(SubscriptionStats::refused);
            }
          });
    } else {
      refused.forEach(name -> of(delivery, name).forEach(SubscriptionStats::refused));
      for (var name : outcome.good()) {
        if (!refused.contains(name)) {
          var changed = outcome.arrived().containsKey(name);
          of(delivery, name)
              .forEach(stats -> stats.accepted(delivery.version(), startNanos, changed));
        }
      }
    }
  }

  /// Of scopes all that come from one place are asked for as one.
  private void concludedAll(
      Delivery delivery, Delivery.Outcome outcome, Set<String> refused, long startNanos) {
    for (var stats : parts.getOrDefault(ScopesUse.all(delivery.source()), Map.of()).values()) {
      if (refused.isEmpty() && outcome.broken() == null) {
        stats.accepted(delivery.version(), startNanos, true); // as Envoy: even if it says the same
      } else {
        stats.refused();
      }
    }
  }

  /// How many scopes there are of a use of them.
  ///
  /// @param all scopes
  /// @param onDemand whose table is asked for only when a request wants it
  /// @param active whose table is asked for now
  public record ScopeCounts(int all, int onDemand, int active) {}

  /// The scopes of somebody have changed.
  public void scopes(ScopesUse use, ScopeCounts counts) {
    var stats = parts.getOrDefault(use.scopes().key(), Map.of()).get(use.subscription());
    if (stats != null) {
      stats.scopes(counts);
    }
  }

  private Collection<SubscriptionStats> of(Delivery delivery, String name) {
    return parts.getOrDefault(delivery.key(name), Map.of()).values();
  }

  /// What came over the stream of one resource cannot be used at all.
  public void refused(ResourceKey only) {
    parts.getOrDefault(only, Map.of()).values().forEach(SubscriptionStats::refused);
  }

  /// What came as all resources of a kind cannot be used at all.
  public void refused(ResourceKind whole) {
    var stats = wholes.get(whole);
    if (stats != null) {
      stats.refused();
    }
  }

  /// The stream to the control plane was lost.
  public void disconnected() {
    wholes.forEach(
        (kind, stats) -> {
          if (sources.get(kind) == null) {
            stats.disconnected();
          }
        });
    parts.forEach(
        (key, owners) -> {
          if (key.source() == null) {
            owners.values().forEach(SubscriptionStats::disconnected);
          }
        });
  }

  /// What should bring a resource brings nothing, or its stream was lost.
  public void failed(ResourceKey key) {
    parts.getOrDefault(key, Map.of()).values().forEach(SubscriptionStats::disconnected);
  }

  /// What should bring all resources of a kind brings nothing, or its stream was lost.
  public void failed(ResourceKind whole) {
    var stats = wholes.get(whole);
    if (stats != null) {
      stats.disconnected();
    }
  }

  public void timedOut(ResourceKind whole) {
    var stats = wholes.get(whole);
    if (stats != null) {
      stats.timedOut();
    }
  }

  public void timedOut(ResourceKey missed) {
    parts.getOrDefault(missed, Map.of()).values().forEach(SubscriptionStats::timedOut);
  }
}
