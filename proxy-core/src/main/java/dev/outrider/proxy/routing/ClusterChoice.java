package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.http.HeaderName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which cluster a forwarded request goes to.
public sealed interface ClusterChoice {

  /// One cluster.
  sealed interface Sole extends ClusterChoice {}

  /// Always the same.
  record Single(String name) implements Sole {}

  /// The one that the request names; none if the header is absent. Of several lines the first
  /// counts.
  record FromHeader(HeaderName header) implements Sole {}

  /// By weight: a random number modulo the sum of weights.
  ///
  /// @param clusters not empty, with a sum of weights between 1 and 2^32-1
  /// @param randomHeader of the request, whose only line has the number in decimal; if it has not,
  ///   and if this is null, the number is the stream's own
  /// @param byHash whether the number is that of the route's hash policies, if they find anything
  /// @param runtimePrefix a weight is what the runtime says under this, a point and the name of its
  ///   cluster, if it says anything; empty = weights do not change
  record Weighted(
      List<WeightedCluster> clusters,
      @Nullable HeaderName randomHeader,
      boolean byHash,
      String runtimePrefix)
      implements ClusterChoice {
    public Weighted {
      clusters = List.copyOf(clusters);
    }

    /// With the stream's own number.
    public Weighted(List<WeightedCluster> clusters) {
      this(clusters, null, false, "");
    }

    /// Whose weights do not change.
    public Weighted(
        List<WeightedCluster> clusters, @Nullable HeaderName randomHeader, boolean byHash) {
      this(clusters, randomHeader, byHash, "");
    }
  }

  /// One alternative, and what it says in place of its route (Envoy
  /// `route.v3.WeightedCluster.ClusterWeight`).
  ///
  /// @param weight unsigned 32-bit; 0 is never chosen
  /// @param host what the host becomes before the route rewrites it; empty = it stays
  /// @param filters which HTTP filters see its requests; what the route says is included
  /// @param headers what becomes of heads; what the route says is included
  /// @param metadataMatch what the metadata of the endpoint must be like; what the route demands is
  ///   included
  record WeightedCluster(
      Sole cluster,
      long weight,
      String host,
      FilterSwitches filters,
      HeaderMutations headers,
      LbMetadata metadataMatch) {

    /// Which says nothing itself.
    public WeightedCluster(String name, long weight) {
      this(
          new Single(name), weight, "", FilterSwitches.NONE, HeaderMutations.NONE, LbMetadata.NONE);
    }

    /// Empty if the request names the cluster.
    public String name() {
      return cluster instanceof Single(var name) ? name : "";
    }
  }
}
