package dev.outrider.proxy.cluster;

import java.time.Duration;

/// What an upstream HTTP connection may do (Envoy upstreams.http.v3.HttpProtocolOptions).
///
/// @param maxRequestsPerConnection 0 = no limit
/// @param idleTimeout how long an unused connection stays open; zero = for ever
public record UpstreamHttpOptions(int maxRequestsPerConnection, Duration idleTimeout) {
  public static final UpstreamHttpOptions DEFAULT = new UpstreamHttpOptions(0, Duration.ofHours(1));
}
