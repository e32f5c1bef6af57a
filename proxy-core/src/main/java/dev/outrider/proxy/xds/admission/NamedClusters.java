package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.dns.CachedEndpoints;
import dev.outrider.proxy.dns.DnsCaches;
import dev.outrider.proxy.dns.NameDiscovery;
import dev.outrider.proxy.dns.NameResolvers;
import dev.outrider.proxy.dns.NamedEndpoints;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Every held version of a cluster whose endpoints have names, with what its names stand for now.
/// Main loop only.
public final class NamedClusters {

  /// What is needed for that.
  public record Spec(
      Loop loop,
      MetricRegistry metrics,
      RandomGenerator random,
      NameResolvers resolvers,
      DnsCaches caches) {}

  /// Who is told, in tasks of their own.
  interface Listener {
    /// Another assignment is current.
    void onChange(Cluster cluster);

    /// A first answer has come.
    void onFirstAnswer(Cluster cluster);
  }

  private final Spec spec;
  private final Listener listener;
  private final Map<Cluster, NamedEndpoints> running = new HashMap<>();

  NamedClusters(Spec spec, Listener listener) {
    this.spec = spec;
    this.listener = listener;
  }

  /// A version is held from now on: its names are resolved as long as that is so.
  void use(Cluster cluster) {
    switch (cluster.discovery()) {
      case Discovery.Dns names -> discover(cluster, names);
      case Discovery.DynamicForward(var cache) ->
          running.put(
              cluster,
              new CachedEndpoints(
                  cluster.name(),
                  // it was made, of these settings, when the cluster was judged
                  Objects.requireNonNull(spec.caches().of(cache)),
                  () -> listener.onChange(cluster)));
      case Discovery.Static _, Discovery.Eds _, Discovery.Aggregate _, Discovery.OriginalDst _ -> {}
    }
  }

  private void discover(Cluster cluster, Discovery.Dns names) {
    var discovery =
        new NameDiscovery(
            names,
            spec.resolvers().of(names.options().resolver()),
            spec.loop(),
            spec.random(),
            spec.metrics().owner(ClusterStats.TEMPLATE, "cluster." + cluster.statName()),
            new NameDiscovery.Listener() {
              @Override
              public void onChange() {
                listener.onChange(cluster);
              }

              @Override
              public void onFirstAnswer() {
                listener.onFirstAnswer(cluster);
              }
            });
    running.put(cluster, discovery);
    discovery.start();
  }

  void drop(Cluster cluster) {
    var discovery = running.remove(cluster);
    if (discovery != null) {
      discovery.close();
    }
  }

  /// Whether what a held version says was answered already, to it or to another that says the same.
  boolean answered(Cluster cluster) {
    var discovery = running.get(cluster);
    return discovery != null && discovery.answered();
  }

  /// Null if the version is not held.
  @Nullable Assignment current(Cluster cluster) {
    var discovery = running.get(cluster);
    return discovery == null ? null : discovery.current();
  }
}
