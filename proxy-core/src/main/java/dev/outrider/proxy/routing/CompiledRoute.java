package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A route in the form in which it is asked: conditions over bytes, and one [RouteMatch] per
/// cluster.
final class CompiledRoute {
  private final PathTest path;
  private final boolean takesParameters;
  private final HeaderTest[] headers;
  private final ConditionTest[] conditions;
  private final Alternative[] alternatives;
  private final @Nullable WeightedPick weights;

  CompiledRoute(VirtualHost host, Route route) {
    this.path = PathTest.of(route.matcher().path());
    this.takesParameters = route.matcher().path() instanceof PathMatcher.Template;
    this.headers =
        route.matcher().headers().stream().map(HeaderTest::new).toArray(HeaderTest[]::new);
    this.conditions = ConditionTest.all(route.matcher().conditions());
    var choice =
        route.action() instanceof RouteAction.Forward forward
            ? forward.cluster()
            : new ClusterChoice.Single("");
    this.alternatives =
        switch (choice) {
          case ClusterChoice.Sole sole -> new Alternative[] {new Alternative(host, route, sole)};
          case ClusterChoice.Weighted weighted -> alternatives(host, route, weighted.clusters());
        };
    this.weights =
        route.action() instanceof RouteAction.Forward forward
                && forward.cluster() instanceof ClusterChoice.Weighted weighted
            ? new WeightedPick(weighted, forward.hashPolicies())
            : null;
  }

  boolean matches(
      HeaderMap head, byte[] bytes, int pathFrom, int pathTo, StreamInfo info, long random) {
    return path.matches(bytes, pathFrom, pathTo) && matchesRest(head, info, random);
  }

  /// Whether what follows a semicolon in the path belongs to it in any case (as in Envoy).
  boolean takesParameters() {
    return takesParameters;
  }

  /// Whatever the path.
  boolean matchesRest(HeaderMap head, StreamInfo info, long random) {
    for (var header : headers) {
      if (!header.matches(head)) {
        return false;
      }
    }
    for (var condition : conditions) {
      if (!condition.holds(head, info, random)) {
        return false;
      }
    }
    return true;
  }

  RouteMatch choose(HeaderMap head, StreamInfo info, long random) {
    return alternatives[weights == null ? 0 : weights.pick(head, info, random)].match(head);
  }

  private static Alternative[] alternatives(
      VirtualHost host, Route route, List<ClusterChoice.WeightedCluster> clusters) {
    return clusters.stream()
        .map(cluster -> new Alternative(host, route, cluster.cluster(), cluster))
        .toArray(Alternative[]::new);
  }

  /// One cluster, or the header that names it.
  private static final class Alternative {
    private final RouteMatch match;
    private final @Nullable HeaderName header;

    Alternative(VirtualHost host, Route route, ClusterChoice.Sole cluster) {
      this(host, route, cluster, null);
    }

    Alternative(
        VirtualHost host,
        Route route,
        ClusterChoice.Sole cluster,
        ClusterChoice.@Nullable WeightedCluster weighted) {
      match =
          new RouteMatch(
              host, route, cluster instanceof ClusterChoice.Single(var name) ? name : "", weighted);
      header = cluster instanceof ClusterChoice.FromHeader(var named) ? named : null;
    }

    RouteMatch match(HeaderMap head) {
      var named = header == null ? null : head.get(header);
      return named == null ? match : match.to(named);
    }
  }
}
