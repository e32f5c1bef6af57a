package dev.outrider.proxy.cluster;

import dev.outrider.proxy.metrics.StatTemplate;

/// What is counted for each [SocketMatch], under `cluster.<name>.<match>.`.
public final class SocketMatchStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  /// Endpoints that got this transport socket.
  public static final int TOTAL_MATCH_COUNT = STATS.counter("total_match_count");

  public static final StatTemplate TEMPLATE = STATS.template();

  private SocketMatchStats() {}
}
