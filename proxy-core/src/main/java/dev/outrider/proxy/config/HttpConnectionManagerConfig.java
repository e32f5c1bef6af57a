package dev.outrider.proxy.config;

import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.stream.AccessLogger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How HTTP is spoken to clients of one filter chain (Envoy `HttpConnectionManager`, version 3).
///
/// @param statPrefix owner of `http.<statPrefix>.*`
/// @param routes where the route table comes from
/// @param serverName value of the `server` header
/// @param accessLogs written for every finished stream
/// @param logOptions when they are written besides
/// @param proxyStatus what responses say about errors; null = nothing
public record HttpConnectionManagerConfig(
    String statPrefix,
    CodecType codec,
    RouteSource routes,
    HttpFilterChains filters,
    HttpTimeouts timeouts,
    HttpLimits limits,
    Http1Options http1,
    Http2Options http2,
    ForwardingOptions forwarding,
    RequestIdOptions requestId,
    RequestOptions requests,
    String serverName,
    ServerHeader serverHeader,
    LocalReplyOptions localReplies,
    List<AccessLogger> accessLogs,
    AccessLogOptions logOptions,
    @Nullable ProxyStatusOptions proxyStatus) {

  /// With one chain of filters, and local replies as they are.
  public HttpConnectionManagerConfig(
      String statPrefix,
      CodecType codec,
      RouteSource routes,
      List<HttpFilterEntry> filters,
      HttpTimeouts timeouts,
      HttpLimits limits,
      Http1Options http1,
      Http2Options http2,
      ForwardingOptions forwarding,
      RequestIdOptions requestId,
      RequestOptions requests,
      String serverName,
      ServerHeader serverHeader,
      List<AccessLogger> accessLogs) {
    this(
        statPrefix,
        codec,
        routes,
        new HttpFilterChains(filters, Map.of()),
        timeouts,
        limits,
        http1,
        http2,
        forwarding,
        requestId,
        requests,
        serverName,
        serverHeader,
        LocalReplyOptions.NONE,
        accessLogs,
        AccessLogOptions.NONE,
        null);
  }

  public HttpConnectionManagerConfig {
    accessLogs = List.copyOf(accessLogs);
  }
}
