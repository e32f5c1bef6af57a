package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import java.util.List;
import java.util.random.RandomGenerator;

/// A route in the form in which it is asked: conditions over bytes, and one [RouteMatch] per
/// cluster.
final class CompiledRoute {
  private final VirtualHost host;
  private final Route route;
  private final PathTest path;
  private final HeaderTest[] headers;
  private final RouteMatch[] matches;
  private final long[] cumulativeWeights;

  CompiledRoute(VirtualHost host, Route route) {
    this.host = host;
    this.route = route;
    this.path = PathTest.of(route.matcher().path());
    this.headers =
        route.matcher().headers().stream().map(HeaderTest::new).toArray(HeaderTest[]::new);
    var clusters =
        switch (route.action()) {
          case RouteAction.Forward forward -> alternatives(forward.cluster(), route);
          case RouteAction.DirectResponse _, RouteAction.Redirect _, RouteAction.TlsRedirect _ ->
              List.of(new ClusterChoice.WeightedCluster("", 1, route.headers()));
        };
    this.matches = new RouteMatch[clusters.size()];
    this.cumulativeWeights = new long[clusters.size()];
    var sum = 0L;
    for (var i = 0; i < matches.length; i++) {
      var cluster = clusters.get(i);
      matches[i] = new RouteMatch(host, route, cluster.name(), cluster.headers());
      sum += clusters.get(i).weight();
      cumulativeWeights[i] = sum;
    }
  }

  boolean matches(HeaderMap head, byte[] bytes, int pathFrom, int pathTo) {
    return path.matches(bytes, pathFrom, pathTo) && headersMatch(head);
  }

  boolean headersMatch(HeaderMap head) {
    for (var header : headers) {
      if (!header.matches(head)) {
        return false;
      }
    }
    return true;
  }

  RouteMatch choose(HeaderMap head, RandomGenerator random) {
    if (route.action() instanceof RouteAction.Forward forward
        && forward.cluster() instanceof ClusterChoice.FromHeader(var header)) {
      var named = head.get(header);
      return named == null ? matches[0] : new RouteMatch(host, route, named);
    }
    if (matches.length == 1) {
      return matches[0];
    }
    var value = Long.remainderUnsigned(random.nextLong(), cumulativeWeights[matches.length - 1]);
    var at = 0;
    while (cumulativeWeights[at] <= value) {
      at++;
    }
    return matches[at];
  }

  private static List<ClusterChoice.WeightedCluster> alternatives(
      ClusterChoice choice, Route route) {
    return switch (choice) {
      case ClusterChoice.Single(var name) ->
          List.of(new ClusterChoice.WeightedCluster(name, 1, route.headers()));
      case ClusterChoice.Weighted(var clusters) -> clusters;
      case ClusterChoice.FromHeader _ ->
          List.of(new ClusterChoice.WeightedCluster("", 1, route.headers()));
    };
  }
}
