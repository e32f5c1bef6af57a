package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.RouteSource;
import dev.outrider.proxy.routing.RouteTable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

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
  /// @param chains of the listener, with what each waits for
  record ListenerResource(ListenerConfig listener, List<ChainResource> chains) implements Resource {

    public ListenerResource {
      chains = List.copyOf(chains);
    }

    @Override
    public List<InitTarget> needs() {
      return chains.stream().flatMap(chain -> chain.needs().stream()).distinct().toList();
    }

    /// Clusters that must be known.
    Set<String> mustExist() {
      return chains.stream()
          .flatMap(chain -> chain.mustExist().stream())
          .collect(Collectors.toCollection(LinkedHashSet::new));
    }
  }

  /// A filter chain of a listener; not a resource by itself.
  ///
  /// @param message what it was made from
  /// @param rdsTimeoutMillis unused unless the routes come over RDS
  /// @param mustExist clusters that inline routes name and that have to be known, as
  ///   `validate_clusters` asks
  record ChainResource(
      EncodedMessage message, FilterChain chain, long rdsTimeoutMillis, Set<String> mustExist) {

    public ChainResource {
      mustExist = Set.copyOf(mustExist);
    }

    List<InitTarget> needs() {
      var http = chain.http();
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
