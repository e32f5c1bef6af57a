package dev.outrider.proxy.cluster;

import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import java.util.List;

/// A cache of the addresses of names that requests ask for (Envoy
/// common.dynamic_forward_proxy.v3.DnsCacheConfig).
///
/// @param name of the cache: who names the same shares it
/// @param refreshMillis until a name is asked for again that has no address
/// @param minRefreshMillis the least time until a name is asked for again whose addresses have a
///   shorter life
/// @param failures when to ask again behind a failure
/// @param asksAgainAfterFailure if not, the next request does
/// @param hostTtlMillis a name that no request has wanted for longer is forgotten when it would be
///   asked for again
/// @param queryTimeoutMillis then a query has failed; 0 = its resolver decides
/// @param maxHosts no further names are taken then
/// @param maxPending requests that may wait for a name at one time
/// @param preresolved names that are asked for before there is a request
public record DnsCacheSpec(
    String name,
    DnsFamily family,
    DnsResolverSpec resolver,
    long refreshMillis,
    long minRefreshMillis,
    FailureRefresh failures,
    boolean asksAgainAfterFailure,
    long hostTtlMillis,
    long queryTimeoutMillis,
    int maxHosts,
    int maxPending,
    List<WantedName> preresolved) {

  public DnsCacheSpec {
    preresolved = List.copyOf(preresolved);
  }
}
