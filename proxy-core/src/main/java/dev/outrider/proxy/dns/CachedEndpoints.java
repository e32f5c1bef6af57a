package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.Assignment;

/// Every name of a cache that has an address, as the endpoints of a cluster. Main loop only.
public final class CachedEndpoints implements NamedEndpoints {
  private final String clusterName;
  private final DnsCache cache;
  private final Runnable changed;

  /// @param changed run when [#current] is another one
  public CachedEndpoints(String clusterName, DnsCache cache, Runnable changed) {
    this.clusterName = clusterName;
    this.cache = cache;
    this.changed = changed;
    cache.watch(changed);
  }

  @Override
  public Assignment current() {
    return new Assignment(clusterName, cache.endpoints());
  }

  /// There is nothing to wait for: who wants to go somewhere waits himself.
  @Override
  public boolean answered() {
    return true;
  }

  @Override
  public void close() {
    cache.unwatch(changed);
  }
}
