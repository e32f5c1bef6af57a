package dev.outrider.proxy.xds;

import dev.outrider.proxy.dns.DnsCaches;
import dev.outrider.proxy.dns.FakeNames;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/// Caches whose names the test resolves.
public final class TestDnsCaches {
  private TestDnsCaches() {}

  public static DnsCaches on(Loop loop, MetricRegistry metrics, FakeNames names) {
    return new DnsCaches(
        loop, metrics, new Random(7), _ -> names, () -> CompletableFuture.completedFuture(null));
  }
}
