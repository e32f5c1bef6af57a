package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.extension.LbMetadataReader;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HeaderSyntax;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.HostRewrite;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import dev.outrider.proxy.routing.RouteTimeouts.GrpcCap;
import dev.outrider.proxy.routing.RouteTimeouts.StreamDuration;
import dev.outrider.proxy.routing.TargetRewrite;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.core.SubstitutionParser;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import io.envoyproxy.envoy.config.route.v3.Route;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Reads what a route does: forward to a cluster, or answer at once.
final class RouteActionParser {
  private static final RouteAction NONE = new RouteAction.DirectResponse(500, "");

  private RouteActionParser() {}

  /// What is known about a route before its action is read.
  ///
  /// @param path what it matches
  /// @param own what it says itself, or the places around it
  record Setting(PathMatcher path, RouteDefaults own) {}

  static RouteAction parse(Route route, Setting setting, Scope scope) {
    return switch (route.getActionCase()) {
      case ROUTE ->
          forward(
              route.getRoute(),
              setting,
              setting
                  .own()
                  .with(
                      RetryPolicyParser.route(route, setting.own().attempts(), scope),
                      MirrorPolicyParser.parse(
                          route.getRoute().getRequestMirrorPoliciesList(),
                          setting.own().mirrors(),
                          scope.field("route"))),
              scope.field("route"));
      case DIRECT_RESPONSE ->
          DirectResponseParser.parse(
              route.getDirectResponse(),
              setting.own().mostBodyBytes(),
              scope.field("direct_response"));
      case REDIRECT ->
          RedirectParser.parse(route.getRedirect(), setting.path(), scope.field("redirect"));
      case FILTER_ACTION -> unsupported(scope, "filter_action");
      // For clients that read routes themselves: Envoy looks for a cluster without a name.
      case NON_FORWARDING_ACTION -> RouteAction.Forward.to("");
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
      Setting setting,
      RouteDefaults own,
      Scope scope) {
    refuseWhatIsMissing(message, scope);
    refuseWhatDoesNotFit(message, scope);
    return RouteAction.Forward.builder(choice(message, setting, scope))
        .timeouts(timeouts(message, scope))
        .clusterNotFoundCode(notFoundCode(message, scope))
        .rewrite(
            new TargetRewrite(
                pathRewrite(message, setting, scope),
                hostRewrite(message, scope),
                message.getAppendXForwardedHost()))
        .priority(message.getPriority() == RoutingPriority.HIGH ? Priority.HIGH : Priority.DEFAULT)
        .upgrades(UpgradeRulesParser.route(message.getUpgradeConfigsList(), scope))
        .hashPolicies(HashPolicyParser.parse(message.getHashPolicyList(), scope))
        .attempts(own.attempts())
        .mirrors(own.mirrors())
        .redirects(InternalRedirectParser.parse(message, scope))
        .metadataMatch(LbMetadataReader.read(message.getMetadataMatch()))
        .build();
  }

  @SuppressWarnings("deprecation") // the old spellings are still sent
  private static RouteTimeouts timeouts(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Scope scope) {
    var stream = message.getMaxStreamDuration();
    var place = scope.field("max_stream_duration");
    return new RouteTimeouts(
        message.hasTimeout()
            ? Duration.ofMillis(scope.millis("timeout", message.getTimeout()))
            : RouteTimeouts.DEFAULT.total(),
        millis(message.hasIdleTimeout(), message.getIdleTimeout(), scope, "idle_timeout"),
        millis(message.hasFlushTimeout(), message.getFlushTimeout(), scope, "flush_timeout"),
        message.hasMaxStreamDuration()
            ? new StreamDuration(
                millis(
                    stream.hasMaxStreamDuration(),
                    stream.getMaxStreamDuration(),
                    place,
                    "max_stream_duration"),
                millis(
                    stream.hasGrpcTimeoutHeaderMax(),
                    stream.getGrpcTimeoutHeaderMax(),
                    place,
                    "grpc_timeout_header_max"),
                millis(
                    stream.hasGrpcTimeoutHeaderOffset(),
                    stream.getGrpcTimeoutHeaderOffset(),
                    place,
                    "grpc_timeout_header_offset"))
            : null,
        message.hasMaxGrpcTimeout()
            ? new GrpcCap(
                Duration.ofMillis(scope.millis("max_grpc_timeout", message.getMaxGrpcTimeout())),
                Duration.ofMillis(
                    scope.millis("grpc_timeout_offset", message.getGrpcTimeoutOffset())))
            : null);
  }

  private static @Nullable Duration millis(
      boolean isSet, com.google.protobuf.Duration message, Scope scope, String field) {
    return isSet ? Duration.ofMillis(scope.millis(field, message)) : null;
  }

  private static @Nullable PathRewrite pathRewrite(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Setting setting, Scope scope) {
    var byPrefix = !message.getPrefixRewrite().isEmpty();
    if (byPrefix
        ? message.hasRegexRewrite() || message.hasPathRewritePolicy()
        : message.hasRegexRewrite() && message.hasPathRewritePolicy()) {
      scope.problem("Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy");
    }
    if (byPrefix && setting.path() instanceof PathMatcher.Template) {
      scope.problem("prefix_rewrite", "Cannot use prefix_rewrite with matcher extension");
    }
    if (message.hasRegexRewrite()) {
      return SubstitutionParser.path(message.getRegexRewrite(), scope.field("regex_rewrite"));
    }
    if (message.hasPathRewritePolicy()) {
      return UriTemplateParser.rewrite(
          message.getPathRewritePolicy(), setting.path(), scope.field("path_rewrite_policy"));
    }
    return byPrefix ? new PathRewrite.Prefix(message.getPrefixRewrite()) : null;
  }

  private static @Nullable HostRewrite hostRewrite(
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Scope scope) {
    return switch (message.getHostRewriteSpecifierCase()) {
      case HOST_REWRITE_LITERAL -> new HostRewrite.Literal(message.getHostRewriteLiteral());
      case AUTO_HOST_REWRITE ->
          message.getAutoHostRewrite().getValue() ? new HostRewrite.OfEndpoint() : null;
      case HOST_REWRITE_HEADER ->
          new HostRewrite.OfHeader(
              WeightedClusterParser.name(
                  message.getHostRewriteHeader(), scope, "host_rewrite_header"));
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
      io.envoyproxy.envoy.config.route.v3.RouteAction message, Setting setting, Scope scope) {
    return switch (message.getClusterSpecifierCase()) {
      case CLUSTER -> new ClusterChoice.Single(message.getCluster());
      case CLUSTER_HEADER -> WeightedClusterParser.fromHeader(message.getClusterHeader(), scope);
      case WEIGHTED_CLUSTERS ->
          WeightedClusterParser.parse(
              message.getWeightedClusters(),
              setting.own(),
              LbMetadataReader.read(message.getMetadataMatch()),
              scope.field("weighted_clusters"));
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
}
