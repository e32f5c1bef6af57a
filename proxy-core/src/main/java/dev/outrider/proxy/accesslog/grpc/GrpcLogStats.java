package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.metrics.StatTemplate;

/// What all logs to gRPC services count together, under `access_logs.grpc_access_log.` with Envoy's
/// names.
final class GrpcLogStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  /// Kept, to be sent soon.
  static final int WRITTEN = STATS.hotCounter("logs_written");

  /// There was no room: the service is away, or too slow.
  static final int DROPPED = STATS.hotCounter("logs_dropped");

  static final StatTemplate TEMPLATE = STATS.template();

  static final String PREFIX = "access_logs.grpc_access_log";

  private GrpcLogStats() {}
}
