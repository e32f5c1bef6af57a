package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HeaderSyntax;
import dev.outrider.proxy.routing.AttemptRules;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.ClusterChoice.WeightedCluster;
import dev.outrider.proxy.routing.HeaderMutations;
import dev.outrider.proxy.routing.HostRewrite;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import dev.outrider.proxy.routing.TargetRewrite;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Reads what a route does: forward to a cluster, or answer at once.
final class RouteActionParser {
  private static final int MAX_BODY_BYTES = 4096;
  private static final long MAX_TOTAL_WEIGHT = 0xFFFFFFFFL;
  private static final RouteAction NONE = new RouteAction.DirectResponse(500, "");

  private RouteActionParser() {}

  /// @param own what the route, or a level above it, says of all actions
  static RouteAction parse(Route route, RouteDefaults own, Scope scope) {
    return switch (route.getActionCase()) {
      case ROUTE ->
          forward(
              route.getRoute(),
              own.headers(),
              RetryPolicyParser.route(route, own.attempts(), scope),
              scope.field("route"));
      case DIRECT_RESPONSE -> direct(route.getDirectResponse(), scope.field("direct_response"));
      case REDIRECT -> RedirectParser.parse(route.getRedirect(), scope.field("redirect"));
      case FILTER_ACTION -> unsupported(scope, "filter_action");
      case NON_FORWARDING_ACTION -> unsupported(scope, "non_forwarding_action");
      case ACTION_NOT_SET -> {
        scope.problem("one of route, direct_response is required");
        yield NONE;
      }
    };
  }

  private static RouteAction unsupported(Scope scope, String field) {
    scope.refuse(true, field);
    return NONE;
  }

  private static RouteAction forward(
      io.envoyproxy.envoy.config.route.v3.RouteAction message,
      HeaderMutations headers,
      AttemptRules attempts,
      Scope scope) {
    refuseWhatIsMissing(message, scope);
    refuseWhatDoesNotFit(message, scope);
    return RouteAction.Forward.builder(choice(message, headers, scope))
        .timeouts(timeouts(message, scope))
        .clusterNotFoundCode(notFoundCode(message, scope))
        .rewrite(
            new TargetRewrite(
                pathRewrite(message, scope),
                hostRewrite(message, scope),
                message.getAppendXForwardedHost()))
        .priority(message.getPriority() == RoutingPriority.HIGH ? Priority.HIGH : Priority.DEFAULT)
        .upgrades(UpgradeRulesParser.route(message.getUpgradeConfigsList(), scope))
        .hashPolicies(HashPolicyParser.parse(message.getHashPolicyList(), scope))
        .attempts(attempts)
        .build();
  }

  private static RouteTimeouts timeouts(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Scope scope) {
    return new RouteTimeouts(
        message.hasTimeout()
            ? Duration.ofMillis(scope.millis("timeout", message.getTimeout()))
            : RouteTimeouts.DEFAULT.total(),
        message.hasIdleTimeout()
            ? Duration.ofMillis(scope.millis("idle_timeout", message.getIdleTimeout()))
            : null);
  }

  private static @Nullable PathRewrite pathRewrite(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Scope scope) {
    if (message.hasRegexRewrite()) {
      if (!message.getPrefixRewrite().isEmpty()) {
        scope.problem("Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy");
      }
      return SubstitutionParser.path(message.getRegexRewrite(), scope.field("regex_rewrite"));
    }
    return message.getPrefixRewrite().isEmpty()
        ? null
        : new PathRewrite.Prefix(message.getPrefixRewrite());
  }

  private static @Nullable HostRewrite hostRewrite(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Scope scope) {
    return switch (message.getHostRewriteSpecifierCase()) {
      case HOST_REWRITE_LITERAL -> new HostRewrite.Literal(message.getHostRewriteLiteral());
      case AUTO_HOST_REWRITE ->
          message.getAutoHostRewrite().getValue() ? new HostRewrite.OfEndpoint() : null;
      case HOST_REWRITE_HEADER ->
          new HostRewrite.OfHeader(
              name(message.getHostRewriteHeader(), scope, "host_rewrite_header"));
      case HOST_REWRITE_PATH_REGEX -> {
        var place = scope.field("host_rewrite_path_regex");
        var read =
            SubstitutionParser.parse(
                message.getHostRewritePathRegex(), HeaderNames.AUTHORITY, place);
        yield read == null ? null : new HostRewrite.OfPath(read);
      }
      default -> { // not set, or what this does not know
        scope.refuse(
            message.getHostRewriteSpecifierCase()
                != io.envoyproxy.envoy.config.route.v3.RouteAction.HostRewriteSpecifierCase
                    .HOSTREWRITESPECIFIER_NOT_SET,
            "host_rewrite");
        yield null;
      }
    };
  }

  /// A value that may not stand in a head would be left out of every request.
  private static void refuseWhatDoesNotFit(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Scope scope) {
    var path = message.getPrefixRewrite().getBytes(StandardCharsets.UTF_8);
    if (!HeaderSyntax.fits(HeaderNames.PATH.key(), path, 0, path.length)) {
      scope.problem(
          "prefix_rewrite", "'" + message.getPrefixRewrite() + "' may not stand in a path");
    }
    var host = message.getHostRewriteLiteral().getBytes(StandardCharsets.UTF_8);
    if (!HeaderSyntax.fits(HeaderNames.AUTHORITY.key(), host, 0, host.length)) {
      scope.problem("host_rewrite_literal", "'" + message.getHostRewriteLiteral() + "' is no host");
    }
  }

  private static void refuseWhatIsMissing(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Scope scope) {
    scope.refuse(message.hasPathRewritePolicy(), "path_rewrite_policy");
    scope.refuse(message.hasMetadataMatch(), "metadata_match");
    scope.refuse(message.getRateLimitsCount() > 0, "rate_limits");
  }

  private static int notFoundCode(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Scope scope) {
    return switch (message.getClusterNotFoundResponseCode()) {
      case SERVICE_UNAVAILABLE -> 503;
      case NOT_FOUND -> 404;
      case INTERNAL_SERVER_ERROR -> 500;
      case UNRECOGNIZED -> {
        scope.problem(
            "cluster_not_found_response_code", "value must be one of the defined enum values");
        yield 503;
      }
    };
  }

  private static ClusterChoice choice(
      io.envoyproxy.envoy.config.route.v3.RouteAction message,
      HeaderMutations headers,
      Scope scope) {
    return switch (message.getClusterSpecifierCase()) {
      case CLUSTER -> new ClusterChoice.Single(message.getCluster());
      case CLUSTER_HEADER -> fromHeader(message.getClusterHeader(), scope);
      case WEIGHTED_CLUSTERS ->
          weighted(message.getWeightedClusters(), headers, scope.field("weighted_clusters"));
      case CLUSTER_SPECIFIER_PLUGIN -> missing(scope, "cluster_specifier_plugin");
      case INLINE_CLUSTER_SPECIFIER_PLUGIN -> missing(scope, "inline_cluster_specifier_plugin");
      case CLUSTERSPECIFIER_NOT_SET -> {
        scope.problem("one of cluster, cluster_header, weighted_clusters is required");
        yield new ClusterChoice.Single("");
      }
    };
  }

  private static ClusterChoice missing(Scope scope, String field) {
    scope.refuse(true, field);
    return new ClusterChoice.Single("");
  }

  private static ClusterChoice fromHeader(String name, Scope scope) {
    if (name.isEmpty()) {
      scope.problem("cluster_header", "value length must be at least 1 characters");
      return new ClusterChoice.Single("");
    }
    return new ClusterChoice.FromHeader(name(name, scope, "cluster_header"));
  }

  /// A placeholder, and a problem, if it is none.
  private static HeaderName name(String text, Scope scope, String field) {
    try {
      return HeaderName.of(text);
    } catch (IllegalArgumentException e) {
      scope.problem(field, String.valueOf(e.getMessage()));
      return HeaderNames.HOST;
    }
  }

  private static ClusterChoice weighted(
      io.envoyproxy.envoy.config.route.v3.WeightedCluster message,
      HeaderMutations headers,
      Scope scope) {
    scope.refuse(message.hasHeaderName(), "header_name");
    var clusters = new ArrayList<WeightedCluster>();
    var total = 0L;
    for (var i = 0; i < message.getClustersCount(); i++) {
      var cluster = message.getClusters(i);
      var item = scope.item("clusters", i);
      refuseCluster(cluster, item);
      var weight = Integer.toUnsignedLong(cluster.getWeight().getValue());
      total += weight;
      clusters.add(
          new WeightedCluster(
              cluster.getName(), weight, HeaderMutationsParser.parse(cluster, item).then(headers)));
    }
    if (total == 0) {
      scope.problem("Sum of weights in the weighted_cluster must be greater than 0.");
    } else if (total > MAX_TOTAL_WEIGHT) {
      scope.problem("The sum of weights of all weighted clusters exceeds " + MAX_TOTAL_WEIGHT);
    }
    return new ClusterChoice.Weighted(clusters);
  }

  private static void refuseCluster(
      io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight cluster, Scope scope) {
    if (cluster.getName().isEmpty()) {
      scope.problem("name", "is required");
    }
    scope.refuse(!cluster.getClusterHeader().isEmpty(), "cluster_header");
    scope.refuse(cluster.hasMetadataMatch(), "metadata_match");
    scope.refuse(!cluster.getHostRewriteLiteral().isEmpty(), "host_rewrite_literal");
    scope.refuse(cluster.getTypedPerFilterConfigCount() > 0, "typed_per_filter_config");
  }

  private static RouteAction direct(DirectResponseAction message, Scope scope) {
    var body = body(message.getBody(), scope.field("body"));
    if (body.getBytes(StandardCharsets.UTF_8).length > MAX_BODY_BYTES) {
      scope.problem("body", "response body size exceeds maximum of " + MAX_BODY_BYTES + " bytes");
    }
    return new RouteAction.DirectResponse(message.getStatus(), body);
  }

  private static String body(DataSource source, Scope scope) {
    return switch (source.getSpecifierCase()) {
      case INLINE_STRING -> source.getInlineString();
      case INLINE_BYTES -> source.getInlineBytes().toStringUtf8();
      case FILENAME, ENVIRONMENT_VARIABLE -> {
        scope.problem("only inline_string and inline_bytes are supported");
        yield "";
      }
      case SPECIFIER_NOT_SET -> "";
    };
  }
}
