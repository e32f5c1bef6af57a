package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.Priority;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happens to a request that a route took.
public sealed interface RouteAction {

  /// It is sent to a cluster (Envoy route.v3.RouteAction).
  ///
  /// @param clusterNotFoundCode the answer if the cluster does not exist
  /// @param upgrades where it differs from the connection manager
  /// @param attempts how often it is tried
  /// @param mirrors who gets it too
  /// @param redirects of the service that the proxy follows itself; null = none
  /// @param hashPolicies what it is spread over the endpoints by, if the cluster goes by it
  /// @param metadataMatch what the metadata of the endpoint must be like
  record Forward(
      ClusterChoice cluster,
      RouteTimeouts timeouts,
      int clusterNotFoundCode,
      TargetRewrite rewrite,
      Priority priority,
      UpgradeRules upgrades,
      AttemptRules attempts,
      List<MirrorPolicy> mirrors,
      @Nullable InternalRedirectPolicy redirects,
      List<HashPolicy> hashPolicies,
      LbMetadata metadataMatch)
      implements RouteAction {
    public Forward {
      mirrors = List.copyOf(mirrors);
      hashPolicies = List.copyOf(hashPolicies);
    }

    /// With Envoy's defaults.
    public static Forward to(String cluster) {
      return builder(new ClusterChoice.Single(cluster)).build();
    }

    /// Begins with Envoy's defaults.
    public static Builder builder(ClusterChoice cluster) {
      return new Builder(cluster);
    }

    /// Says what is not as usual.
    public static final class Builder {
      private final ClusterChoice cluster;
      private RouteTimeouts timeouts = RouteTimeouts.DEFAULT;
      private int clusterNotFoundCode = 503;
      private TargetRewrite rewrite = TargetRewrite.NONE;
      private Priority priority = Priority.DEFAULT;
      private UpgradeRules upgrades = UpgradeRules.NONE;
      private AttemptRules attempts = AttemptRules.NONE;
      private List<MirrorPolicy> mirrors = List.of();
      private @Nullable InternalRedirectPolicy redirects;
      private List<HashPolicy> hashPolicies = List.of();
      private LbMetadata metadataMatch = LbMetadata.NONE;

      private Builder(ClusterChoice cluster) {
        this.cluster = cluster;
      }

      public Builder timeouts(RouteTimeouts value) {
        timeouts = value;
        return this;
      }

      public Builder clusterNotFoundCode(int value) {
        clusterNotFoundCode = value;
        return this;
      }

      public Builder rewrite(TargetRewrite value) {
        rewrite = value;
        return this;
      }

      public Builder priority(Priority value) {
        priority = value;
        return this;
      }

      public Builder upgrades(UpgradeRules value) {
        upgrades = value;
        return this;
      }

      public Builder attempts(AttemptRules value) {
        attempts = value;
        return this;
      }

      public Builder redirects(@Nullable InternalRedirectPolicy value) {
        redirects = value;
        return this;
      }

      public Builder mirrors(List<MirrorPolicy> value) {
        mirrors = value;
        return this;
      }

      public Builder hashPolicies(List<HashPolicy> value) {
        hashPolicies = value;
        return this;
      }

      public Builder metadataMatch(LbMetadata value) {
        metadataMatch = value;
        return this;
      }

      public Forward build() {
        return new Forward(
            cluster,
            timeouts,
            clusterNotFoundCode,
            rewrite,
            priority,
            upgrades,
            attempts,
            mirrors,
            redirects,
            hashPolicies,
            metadataMatch);
      }
    }
  }

  /// It is answered at once (Envoy route.v3.DirectResponseAction).
  ///
  /// @param status 200..599
  record DirectResponse(int status, DirectBody body) implements RouteAction {
    public DirectResponse(int status, String body) {
      this(status, DirectBody.of(body));
    }
  }

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
