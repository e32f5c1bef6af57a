package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.LbMetadata;
import org.jspecify.annotations.Nullable;

/// The outcome of a match: made once per route and cluster, shared by all requests.
///
/// @param clusterName empty if the action forwards nothing, or to a cluster that the request failed
///   to name
/// @param weighted the alternative that was chosen; null if there are none
public record RouteMatch(
    VirtualHost virtualHost,
    Route route,
    String clusterName,
    ClusterChoice.@Nullable WeightedCluster weighted) {

  RouteMatch(VirtualHost virtualHost, Route route, String clusterName) {
    this(virtualHost, route, clusterName, null);
  }

  /// The same for a cluster that the request names.
  RouteMatch to(String named) {
    return new RouteMatch(virtualHost, route, named, weighted);
  }

  /// Which filters see the request.
  public FilterSwitches filters() {
    return weighted != null ? weighted.filters() : route.filters();
  }

  /// What becomes of heads.
  public HeaderMutations headers() {
    return weighted != null ? weighted.headers() : route.headers();
  }

  /// What the metadata of the endpoint must be like.
  public LbMetadata metadataMatch() {
    if (weighted != null) {
      return weighted.metadataMatch();
    }
    return route.action() instanceof RouteAction.Forward forward
        ? forward.metadataMatch()
        : LbMetadata.NONE;
  }
}
