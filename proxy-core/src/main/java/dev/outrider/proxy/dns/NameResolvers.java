package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsResolverSpec;

/// The resolvers of one loop, one for each way to resolve.
@FunctionalInterface
public interface NameResolvers {
  NameResolver of(DnsResolverSpec spec);
}
