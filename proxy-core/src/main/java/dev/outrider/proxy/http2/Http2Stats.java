package dev.outrider.proxy.http2;

import dev.outrider.proxy.metrics.StatTemplate;

/// What every HTTP/2 connection counts, under `http2.` for clients' connections and
/// `cluster.<name>.http2.` for ours, with Envoy's names.
public final class Http2Stats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int STREAMS_ACTIVE = STATS.hotGauge("streams_active");
  public static final int PENDING_SEND_BYTES = STATS.hotGauge("pending_send_bytes");
  public static final int OUTBOUND_FRAMES_ACTIVE = STATS.hotGauge("outbound_frames_active");
  public static final int OUTBOUND_CONTROL_FRAMES_ACTIVE =
      STATS.hotGauge("outbound_control_frames_active");
  public static final int DEFERRED_STREAM_CLOSE = STATS.gauge("deferred_stream_close");
  public static final int DROPPED_HEADERS_WITH_UNDERSCORES =
      STATS.counter("dropped_headers_with_underscores");
  public static final int GOAWAY_SENT = STATS.counter("goaway_sent");
  public static final int HEADER_OVERFLOW = STATS.counter("header_overflow");
  public static final int HEADERS_CB_NO_STREAM = STATS.counter("headers_cb_no_stream");
  public static final int HEADER_LIST_SIZE_TOO_LARGE = STATS.counter("header_list_size_too_large");
  public static final int INBOUND_EMPTY_FRAMES_FLOOD = STATS.counter("inbound_empty_frames_flood");
  public static final int INBOUND_PRIORITY_FRAMES_FLOOD =
      STATS.counter("inbound_priority_frames_flood");
  public static final int INBOUND_WINDOW_UPDATE_FRAMES_FLOOD =
      STATS.counter("inbound_window_update_frames_flood");
  public static final int KEEPALIVE_TIMEOUT = STATS.counter("keepalive_timeout");
  public static final int OUTBOUND_CONTROL_FLOOD = STATS.counter("outbound_control_flood");
  public static final int OUTBOUND_FLOOD = STATS.counter("outbound_flood");
  public static final int REQUESTS_REJECTED_WITH_UNDERSCORES =
      STATS.counter("requests_rejected_with_underscores_in_headers");
  public static final int RX_MESSAGING_ERROR = STATS.counter("rx_messaging_error");
  public static final int RX_RESET = STATS.counter("rx_reset");
  public static final int STREAM_REFUSED_ERRORS = STATS.counter("stream_refused_errors");
  public static final int TRAILERS = STATS.counter("trailers");
  public static final int TX_FLUSH_TIMEOUT = STATS.counter("tx_flush_timeout");
  public static final int TX_RESET = STATS.counter("tx_reset");

  public static final StatTemplate TEMPLATE = STATS.template();

  private Http2Stats() {}
}
