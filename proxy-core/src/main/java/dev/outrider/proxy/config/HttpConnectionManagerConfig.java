package dev.outrider.proxy.config;

import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.stream.AccessLogger;
import java.util.List;

/// How HTTP is spoken to clients of one filter chain (Envoy `HttpConnectionManager`, version 3).
///
/// @param statPrefix owner of `http.<statPrefix>.*`
/// @param routes where the route table comes from
/// @param filters in configured order, without the router that ends the chain
/// @param serverName value of the `server` header
/// @param accessLogs written once for every finished stream
public record HttpConnectionManagerConfig(
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

  public HttpConnectionManagerConfig {
    filters = List.copyOf(filters);
    accessLogs = List.copyOf(accessLogs);
  }
}
