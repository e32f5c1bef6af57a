package dev.outrider.proxy.cluster;

import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.HttpVersion;
import java.time.Duration;

/// How HTTP is spoken to a cluster (Envoy upstreams.http.v3.HttpProtocolOptions).
///
/// @param version what is spoken, unless the client decides
/// @param asDownstream requests of clients go out in the version they came in
/// @param limits of every connection, whatever it speaks
/// @param negotiated the service chooses by ALPN what is spoken; `version` then means nothing
/// @param autoSni what requests decide about the TLS of their connections
public record UpstreamHttpOptions(
    HttpVersion version,
    boolean asDownstream,
    Http1Options http1,
    Http2Options http2,
    Limits limits,
    AutoSni autoSni,
    boolean negotiated) {
  public static final UpstreamHttpOptions DEFAULT =
      new UpstreamHttpOptions(
          HttpVersion.HTTP1, false, Http1Options.DEFAULT, Http2Options.DEFAULT, Limits.DEFAULT);

  /// Of which requests decide nothing.
  public UpstreamHttpOptions(
      HttpVersion version,
      boolean asDownstream,
      Http1Options http1,
      Http2Options http2,
      Limits limits) {
    this(version, asDownstream, http1, http2, limits, AutoSni.NONE, false);
  }

  /// What a connection may do (Envoy core.v3.HttpProtocolOptions).
  ///
  /// @param requestsPerConnection 0 = no limit
  /// @param idleTimeout how long an unused connection stays open; zero = for ever
  /// @param connectionDuration how long a connection takes requests; zero = as long as it lives
  /// @param responseHeaders fields of one response head
  /// @param responseHeadBytes 0 = what the version has as its default
  public record Limits(
      int requestsPerConnection,
      Duration idleTimeout,
      Duration connectionDuration,
      int responseHeaders,
      int responseHeadBytes) {
    public static final Limits DEFAULT = new Limits(0, Duration.ofHours(1), 100, 0);

    /// With connections that live as long as they are used.
    public Limits(
        int requestsPerConnection,
        Duration idleTimeout,
        int responseHeaders,
        int responseHeadBytes) {
      this(requestsPerConnection, idleTimeout, Duration.ZERO, responseHeaders, responseHeadBytes);
    }
  }

  /// The version for a request that came in as `downstream`.
  public HttpVersion towards(HttpVersion downstream) {
    return asDownstream ? downstream : version;
  }
}
