package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.routing.RouteTable;
import java.util.List;
import java.util.Set;

/// A resource as its parser understood it, with what it has to wait for.
public sealed interface Resource {

  /// What must be there before this resource becomes active.
  List<InitTarget> needs();

  /// Something that a resource names and waits for.
  ///
  /// @param fresh only an answer that comes after this resource counts
  /// @param timeoutMillis after which the resource becomes active without it; 0 = never
  record InitTarget(ResourceKey key, boolean fresh, long timeoutMillis) {}

  /// A cluster.
  ///
  /// @param edsTimeoutMillis unused unless the cluster is discovered over EDS
  record ClusterResource(Cluster cluster, long edsTimeoutMillis) implements Resource {

    @Override
    public List<InitTarget> needs() {
      return switch (cluster.discovery()) {
        case Discovery.Static _ -> List.of();
        case Discovery.Eds(var service) ->
            List.of(
                new InitTarget(
                    new ResourceKey(ResourceKind.ENDPOINTS, service), true, edsTimeoutMillis));
      };
    }
  }

  /// The endpoints of every cluster that asks for them by this name.
  record EndpointsResource(Assignment assignment) implements Resource {

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// A route table with a life of its own.
  record RoutesResource(RouteTable table) implements Resource {

    @Override
    public List<InitTarget> needs() {
      return List.of();
    }
  }

  /// A listener.
  ///
  /// @param rdsTimeoutMillis unused unless the routes come over RDS
  /// @param mustExist clusters that inline routes name and that have to be known, as
  ///   `validate_clusters` asks
  record ListenerResource(ListenerConfig listener, long rdsTimeoutMillis, Set<String> mustExist)
      implements Resource {

    public ListenerResource {
      mustExist = Set.copyOf(mustExist);
    }

    @Override
    public List<InitTarget> needs() {
      var http = listener.chain().http();
      if (http == null) {
        return List.of();
      }
      return switch (http.routes()) {
        case RouteSource.Inline _ -> List.of();
        case RouteSource.Rds(var name) ->
            List.of(
                new InitTarget(
                    new ResourceKey(ResourceKind.ROUTES, name), false, rdsTimeoutMillis));
      };
    }
  }
}
