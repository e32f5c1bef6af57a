package dev.outrider.proxywasm.host;

import java.time.Duration;

/// What one plugin may use up, in one VM.
///
/// @param calls time of each call; over it, the VM fails
/// @param pause how long the plugin may hold a stream that makes no progress meanwhile; over it,
///   that stream ends by the failure policy. The embedder keeps this one: it has the timers
/// @param maxCallouts calls to other services without an answer yet, HTTP and gRPC together; 0
///   allows none
/// @param maxCalloutBytes of those: headers, bodies and messages that wait to be sent
/// @param logLinesPerSecond lines the guest may write; of those beyond it only the number is logged
public record PluginLimits(
    CallLimits calls,
    Duration pause,
    int maxCallouts,
    long maxCalloutBytes,
    int logLinesPerSecond) {
  /// 5 minutes (as Envoy lets a stream be idle), 1,024, 16 MiB, 1,000.
  public static final PluginLimits DEFAULT =
      new PluginLimits(CallLimits.DEFAULT, Duration.ofMinutes(5), 1_024, 16L << 20, 1_000);
}
