package dev.outrider.proxy.accesslog.grpc;

import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig;

/// How long entries gather.
///
/// @param flushMillis how long an entry may wait
/// @param bytes how much may wait; 0 sends each entry by itself
public record BufferConfig(long flushMillis, int bytes) {
  private static final long FLUSH_MILLIS = 1_000;
  private static final int BYTES = 16 << 10;

  /// With Envoy's defaults.
  public static BufferConfig of(CommonGrpcAccessLogConfig message) {
    var interval = message.getBufferFlushInterval();
    var size = Integer.toUnsignedLong(message.getBufferSizeBytes().getValue());
    return new BufferConfig(
        message.hasBufferFlushInterval()
            ? Math.max(1, interval.getSeconds() * 1_000 + interval.getNanos() / 1_000_000)
            : FLUSH_MILLIS,
        message.hasBufferSizeBytes() ? (int) Math.min(size, Integer.MAX_VALUE) : BYTES);
  }
}
