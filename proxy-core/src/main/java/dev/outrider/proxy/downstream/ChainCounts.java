package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.pipeline.RequestPipeline;
import dev.outrider.proxy.stream.Protocol;

/// What one loop counts for one filter chain: which event moves which statistics.
///
/// @param http cells of [HttpStats]
/// @param listener cells of [ListenerStats]
/// @param listenerHttp cells of [ListenerHttpStats]
/// @param secured its connections use TLS
public record ChainCounts(
    StatCells http, StatCells listener, StatCells listenerHttp, boolean secured) {
  /// Of the admin interface, which counts itself on the main loop as if it were a listener.
  public static ChainCounts ofAdmin(MetricRegistry registry) {
    var loop = registry.loops() - 1;
    return new ChainCounts(
        registry.owner(HttpStats.TEMPLATE, "http.admin").cells(loop),
        registry.owner(ListenerStats.TEMPLATE, "listener.admin").cells(loop),
        registry.owner(ListenerHttpStats.TEMPLATE, "listener.admin.http.admin").cells(loop),
        false);
  }

  public void connectionOpened() {
    if (secured) {
      http.inc(HttpStats.CX_SSL_TOTAL);
      http.inc(HttpStats.CX_SSL_ACTIVE);
    }
    http.inc(HttpStats.CX_TOTAL);
    http.inc(HttpStats.CX_ACTIVE);
    listener.inc(ListenerStats.CX_TOTAL);
    listener.inc(ListenerStats.CX_ACTIVE);
  }

  public void http1Opened() {
    http.inc(HttpStats.CX_HTTP1_TOTAL);
    http.inc(HttpStats.CX_HTTP1_ACTIVE);
  }

  public void http1Closed() {
    http.dec(HttpStats.CX_HTTP1_ACTIVE);
  }

  void http2Opened() {
    http.inc(HttpStats.CX_HTTP2_TOTAL);
    http.inc(HttpStats.CX_HTTP2_ACTIVE);
  }

  void http2Closed() {
    http.dec(HttpStats.CX_HTTP2_ACTIVE);
  }

  /// A connection has ended.
  ///
  /// @param active an exchange was running
  public void connectionClosed(boolean byPeer, boolean active, long millis) {
    if (secured) {
      http.dec(HttpStats.CX_SSL_ACTIVE);
    }
    http.dec(HttpStats.CX_ACTIVE);
    http.inc(HttpStats.CX_DESTROY);
    http.inc(byPeer ? HttpStats.CX_DESTROY_REMOTE : HttpStats.CX_DESTROY_LOCAL);
    if (active) {
      http.inc(HttpStats.CX_DESTROY_ACTIVE_RQ);
      http.inc(
          byPeer ? HttpStats.CX_DESTROY_REMOTE_ACTIVE_RQ : HttpStats.CX_DESTROY_LOCAL_ACTIVE_RQ);
    }
    http.record(HttpStats.CX_LENGTH_MS, millis);
    listener.dec(ListenerStats.CX_ACTIVE);
    listener.inc(ListenerStats.CX_DESTROY);
    listener.record(ListenerStats.CX_LENGTH_MS, millis);
  }

  public void streamStarted(Protocol protocol) {
    http.inc(HttpStats.RQ_TOTAL);
    switch (protocol) {
      case HTTP_1_0, HTTP_1_1 -> http.inc(HttpStats.RQ_HTTP1_TOTAL);
      case HTTP_2 -> http.inc(HttpStats.RQ_HTTP2_TOTAL);
      case HTTP_3 -> throw new IllegalArgumentException("HTTP/3 is not served");
    }
    http.inc(HttpStats.RQ_ACTIVE);
  }

  void refused(MessageError error) {
    switch (error) {
      case ABSOLUTE_PATH -> http.inc(HttpStats.RQ_NON_RELATIVE_PATH);
      case PATH_NORMALIZATION -> http.inc(HttpStats.RQ_FAILED_PATH_NORMALIZATION);
      case UPGRADE_FAILED -> http.inc(HttpStats.RQ_WS_ON_NON_WS_ROUTE);
      case CODEC_ERROR,
          INVALID_CHARACTERS,
          LENGTH_AND_CHUNKED,
          BODY_DISALLOWED,
          UNEXPECTED_UNDERSCORE,
          INVALID_URL,
          INVALID_SCHEME,
          CONNECTION_HEADER_REJECTED,
          LOW_VERSION,
          HEADERS_TOO_LARGE,
          TOO_MANY_HEADERS,
          INVALID_TRANSFER_ENCODING,
          MISSING_HOST,
          INVALID_AUTHORITY,
          MISSING_PATH,
          QUERY_WITHOUT_TYPE -> {}
    }
  }

  void refused(RequestPipeline.Refusal refusal) {
    http.inc(
        switch (refusal) {
          case RequestPipeline.Refusal.Path _ -> HttpStats.RQ_FAILED_PATH_NORMALIZATION;
          case RequestPipeline.Refusal.UnknownClient _ -> HttpStats.RQ_REJECTED_VIA_IP_DETECTION;
          case RequestPipeline.Refusal.Redirect _ -> HttpStats.RQ_REDIRECTED_WITH_NORMALIZED_PATH;
        });
  }

  /// A request may become a tunnel.
  void tunnelStarted() {
    http.inc(HttpStats.CX_UPGRADES_TOTAL);
    http.inc(HttpStats.CX_UPGRADES_ACTIVE);
  }

  void tunnelEnded() {
    http.dec(HttpStats.CX_UPGRADES_ACTIVE);
  }

  public void responded(int status) {
    http.inc(HttpStats.RQ_COMPLETED);
    listenerHttp.inc(ListenerHttpStats.RQ_COMPLETED);
    var group = status / 100 - 1;
    if (group < 5) { // a status from 600 on belongs to no group
      http.inc(HttpStats.RQ_1XX + group);
      listenerHttp.inc(ListenerHttpStats.RQ_1XX + group);
    }
  }

  /// A stream has ended.
  ///
  /// @param early a response was given before the request had ended
  /// @param cutShort one of the two messages did not come to its end
  public void streamEnded(boolean early, boolean cutShort, long millis) {
    if (cutShort) {
      http.inc(HttpStats.RQ_RX_RESET);
    }
    if (early) {
      http.inc(HttpStats.RQ_RESPONSE_BEFORE_RQ_COMPLETE);
    }
    http.dec(HttpStats.RQ_ACTIVE);
    http.record(HttpStats.RQ_TIME, millis);
  }
}
