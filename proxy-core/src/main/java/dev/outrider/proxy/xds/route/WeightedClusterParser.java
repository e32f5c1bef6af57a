package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.extension.LbMetadataReader;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HeaderSyntax;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Reads `route.v3.WeightedCluster`, and the header that names a cluster.
final class WeightedClusterParser {
  private static final long MAX_TOTAL_WEIGHT = 0xFFFFFFFFL;

  private WeightedClusterParser() {}

  /// @param route what it says itself, or the places around it
  /// @param metadataMatch what the route demands of endpoints
  static ClusterChoice parse(
      WeightedCluster message, RouteDefaults route, LbMetadata metadataMatch, Scope scope) {
    var clusters = new ArrayList<ClusterChoice.WeightedCluster>();
    var total = 0L;
    for (var i = 0; i < message.getClustersCount(); i++) {
      var cluster =
          cluster(message.getClusters(i), route, metadataMatch, scope.item("clusters", i));
      total += cluster.weight();
      clusters.add(cluster);
    }
    if (total == 0) {
      scope.problem("Sum of weights in the weighted_cluster must be greater than 0.");
    } else if (total > MAX_TOTAL_WEIGHT) {
      scope.problem("The sum of weights of all weighted clusters exceeds " + MAX_TOTAL_WEIGHT);
    }
    return new ClusterChoice.Weighted(
        clusters,
        randomHeader(message, scope),
        message.getUseHashPolicy().getValue(),
        message.getRuntimeKeyPrefix());
  }

  private static ClusterChoice.WeightedCluster cluster(
      ClusterWeight message, RouteDefaults route, LbMetadata metadataMatch, Scope scope) {
    if (!message.hasWeight()) {
      scope.problem("weight", "is required");
    }
    return new ClusterChoice.WeightedCluster(
        sole(message, scope),
        Integer.toUnsignedLong(message.getWeight().getValue()),
        host(message, scope),
        FilterSwitchesParser.parse(message.getTypedPerFilterConfigMap(), scope)
            .over(route.filters()),
        HeaderMutationsParser.parse(message, scope).then(route.headers()),
        metadataMatch.with(LbMetadataReader.read(message.getMetadataMatch())));
  }

  private static ClusterChoice.Sole sole(ClusterWeight message, Scope scope) {
    if (message.getName().isEmpty() == message.getClusterHeader().isEmpty()) {
      scope.problem(
          message.getName().isEmpty()
              ? "At least one of name or cluster_header need to be specified"
              : "Only one of name or cluster_header can be specified");
      return new ClusterChoice.Single("");
    }
    return message.getName().isEmpty()
        ? fromHeader(message.getClusterHeader(), scope)
        : new ClusterChoice.Single(message.getName());
  }

  private static String host(ClusterWeight message, Scope scope) {
    var host = message.getHostRewriteLiteral();
    var bytes = host.getBytes(StandardCharsets.UTF_8);
    if (!HeaderSyntax.fits(HeaderNames.AUTHORITY.key(), bytes, 0, bytes.length)) {
      scope.problem("host_rewrite_literal", "'" + host + "' is no host");
    }
    return host;
  }

  private static @Nullable HeaderName randomHeader(WeightedCluster message, Scope scope) {
    return message.getHeaderName().isEmpty()
        ? null
        : name(message.getHeaderName(), scope, "header_name");
  }

  static ClusterChoice.Sole fromHeader(String name, Scope scope) {
    if (name.isEmpty()) {
      scope.problem("cluster_header", "value length must be at least 1 characters");
      return new ClusterChoice.Single("");
    }
    return new ClusterChoice.FromHeader(name(name, scope, "cluster_header"));
  }

  /// A placeholder, and a problem, if it is none.
  static HeaderName name(String text, Scope scope, String field) {
    try {
      return HeaderName.of(text);
    } catch (IllegalArgumentException e) {
      scope.problem(field, String.valueOf(e.getMessage()));
      return HeaderNames.HOST;
    }
  }
}
