package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.metrics.StatTemplate;

/// What logs to gRPC services count, with Envoy's names.
public final class GrpcLogStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  /// Kept, to be sent soon; of OpenTelemetry, taken by the service.
  public static final int WRITTEN = STATS.hotCounter("logs_written");

  /// There was no room: the service is away, or too slow. Of OpenTelemetry also what the service
  /// did not take.
  public static final int DROPPED = STATS.hotCounter("logs_dropped");

  /// Given to the call.
  static final int FLUSHED = STATS.hotCounter("grpc_entries_flushed");

  /// Could not be given to the call; they wait, and may be counted again.
  static final int FLUSH_FAILED = STATS.hotCounter("grpc_entries_flush_failed");

  static final StatTemplate TEMPLATE = STATS.template();

  /// Of all logs of the kinds `http_grpc` and `tcp_grpc` together.
  static final String PREFIX = "access_logs.grpc_access_log";

  private GrpcLogStats() {}
}
