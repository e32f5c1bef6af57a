package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsCacheSpec;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Every [DnsCache] by its name. One stays for the life of the process, so that clusters and
/// filters may change in any order; the names in it do not. Main loop only.
public final class DnsCaches {
  private final Map<String, DnsCache> byName = new HashMap<>();
  private final Loop loop;
  private final MetricRegistry metrics;
  private final RandomGenerator random;
  private final NameResolvers resolvers;
  private final Supplier<CompletionStage<?>> taken;

  /// @param taken completes, on the main loop, when every loop has the endpoints that clusters were
  ///   told of before
  public DnsCaches(
      Loop loop,
      MetricRegistry metrics,
      RandomGenerator random,
      NameResolvers resolvers,
      Supplier<CompletionStage<?>> taken) {
    this.taken = taken;
    this.loop = loop;
    this.metrics = metrics;
    this.random = random;
    this.resolvers = resolvers;
  }

  /// The cache of that name, which is made if there is none; null if it has other settings.
  public @Nullable DnsCache of(DnsCacheSpec spec) {
    var known = byName.get(spec.name());
    if (known != null) {
      return known.spec().equals(spec) ? known : null;
    }
    var made = new DnsCache(spec, resolvers.of(spec.resolver()), loop, random, metrics, taken);
    byName.put(spec.name(), made);
    made.preresolve();
    return made;
  }
}
