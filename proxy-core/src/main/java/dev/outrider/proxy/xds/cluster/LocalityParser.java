package dev.outrider.proxy.xds.cluster;

import dev.outrider.proxy.xds.core.MetadataParser;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.Resource.LocalityCollection;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import java.util.ArrayList;
import java.util.List;

/// Reads the localities of a `ClusterLoadAssignment` whose endpoints come by themselves
/// (`endpoint.v3.LedsClusterLocalityConfig`).
public final class LocalityParser {
  private static final String FIELD = "leds_cluster_locality_config";

  private LocalityParser() {}

  /// Of an assignment that came over EDS.
  public static List<LocalityCollection> collections(ClusterLoadAssignment message, Scope scope) {
    var found = new ArrayList<LocalityCollection>(0);
    for (var i = 0; i < message.getEndpointsCount(); i++) {
      var group = message.getEndpoints(i);
      if (group.hasLedsClusterLocalityConfig()) {
        var place = scope.item("endpoints", i);
        var config = group.getLedsClusterLocalityConfig();
        if (group.getLbEndpointsCount() > 0) {
          place.problem(
              "A ClusterLoadAssignment for cluster %s cannot include both LEDS (resource: %s) and a list of endpoints."
                  .formatted(message.getClusterName(), config.getLedsCollectionName()));
        }
        var target =
            ConfigSources.locality(
                config.getLedsCollectionName(),
                config.getLedsConfig(),
                place.field(FIELD + ".leds_config"));
        found.add(
            new LocalityCollection(
                target,
                group.getPriority(),
                EndpointParser.locality(group),
                MetadataParser.parse(group.getMetadata())));
      }
    }
    return found;
  }

  /// Of an assignment that stands in its cluster.
  static void refuseCollections(ClusterLoadAssignment message, Scope scope) {
    for (var i = 0; i < message.getEndpointsCount(); i++) {
      if (message.getEndpoints(i).hasLedsClusterLocalityConfig()) {
        scope
            .item("endpoints", i)
            .problem(
                FIELD,
                "LEDS is only supported when EDS is used. Cluster %s cannot use LEDS."
                    .formatted(message.getClusterName()));
      }
    }
  }
}
