package dev.outrider.proxy.loadbalancing.hashing;

import dev.outrider.proxy.cluster.Endpoint;
import org.jspecify.annotations.Nullable;

/// Where a hash leads: always to the same endpoint while the endpoints are the same, mostly so when
/// a few of them change. Immutable, but for [BoundedLoads].
public interface HashTable {
  /// Null if there are no endpoints.
  ///
  /// @param hash all 64 bits count
  /// @param attempt 0, or how many choices of this hash the request has rejected
  @Nullable Endpoint at(long hash, int attempt);
}
