package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.Priority;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What happens to a request that a route took.
public sealed interface RouteAction {

  /// It is sent to a cluster (Envoy route.v3.RouteAction).
  ///
  /// @param timeout from the end of the request to the end of the response; zero = none
  /// @param idleTimeout without any byte either way; zero = none, null = what the listener says
  /// @param clusterNotFoundCode the answer if the cluster does not exist
  /// @param upgrades where it differs from the connection manager
  record Forward(
      ClusterChoice cluster,
      Duration timeout,
      @Nullable Duration idleTimeout,
      int clusterNotFoundCode,
      TargetRewrite rewrite,
      Priority priority,
      UpgradeRules upgrades)
      implements RouteAction {
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(15);
    public static final int DEFAULT_CLUSTER_NOT_FOUND_CODE = 503;

    /// With Envoy's defaults.
    public Forward(ClusterChoice cluster) {
      this(
          cluster,
          DEFAULT_TIMEOUT,
          null,
          DEFAULT_CLUSTER_NOT_FOUND_CODE,
          TargetRewrite.NONE,
          Priority.DEFAULT,
          UpgradeRules.NONE);
    }
  }

  /// It is answered at once (Envoy route.v3.DirectResponseAction).
  ///
  /// @param status 200..599
  record DirectResponse(int status, String body) implements RouteAction {}

  /// It is sent elsewhere by its client (Envoy route.v3.RedirectAction).
  ///
  /// @param scheme empty = that of the request
  /// @param host empty = that of the request
  /// @param port 0 = that of the request, unless a new scheme has another usual one
  /// @param path empty = that of the request
  /// @param pathRewrite of the request's path; null = it stays
  /// @param stripsQuery the query of the request goes
  record Redirect(
      int status,
      String scheme,
      String host,
      int port,
      String path,
      @Nullable PathRewrite pathRewrite,
      boolean stripsQuery)
      implements RouteAction {}

  /// It is sent to the same address over TLS, which its virtual host demands (Envoy
  /// `VirtualHost.require_tls`).
  record TlsRedirect() implements RouteAction {}
}
