package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderName;
import java.util.List;

/// Which cluster a forwarded request goes to.
public sealed interface ClusterChoice {

  /// Always the same.
  record Single(String name) implements ClusterChoice {}

  /// By weight: a random number modulo the sum of weights.
  ///
  /// @param clusters not empty, with a sum of weights between 1 and 2^32-1
  record Weighted(List<WeightedCluster> clusters) implements ClusterChoice {
    public Weighted {
      clusters = List.copyOf(clusters);
    }
  }

  /// The one that the request names; none if the header is absent.
  record FromHeader(HeaderName header) implements ClusterChoice {}

  /// One alternative, and what it says in place of its route.
  ///
  /// @param weight 0 is never chosen
  /// @param headers what becomes of heads; what the route says is included
  record WeightedCluster(String name, long weight, HeaderMutations headers) {
    /// Which leaves heads alone.
    public WeightedCluster(String name, long weight) {
      this(name, weight, HeaderMutations.NONE);
    }
  }
}
