package dev.outrider.proxy.cluster;

import java.time.Duration;

/// What holds for every connection to a cluster, whatever is spoken on it.
///
/// @param connectTimeout more than zero
/// @param bufferLimitBytes 0 = no limit
public record ConnectionOptions(Duration connectTimeout, int bufferLimitBytes) {
  /// Envoy's.
  public static final ConnectionOptions DEFAULT =
      new ConnectionOptions(Duration.ofSeconds(5), 1 << 20);
}
