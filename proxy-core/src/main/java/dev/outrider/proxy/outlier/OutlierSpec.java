package dev.outrider.proxy.outlier;

import java.util.EnumMap;
import java.util.Map;

/// When hosts of a cluster are ejected (Envoy `cluster.v3.OutlierDetection`).
///
/// @param intervalMillis between two sweeps
/// @param splitLocalOrigin what goes wrong on our side of the connection is counted apart
/// @param enforcingPercent how often a host is ejected of which that is found; 0..100
public record OutlierSpec(
    long intervalMillis,
    boolean splitLocalOrigin,
    Consecutive consecutive,
    SuccessRate successRate,
    FailurePercentage failurePercentage,
    Ejection ejection,
    Map<EjectionType, Integer> enforcingPercent) {

  public OutlierSpec {
    enforcingPercent = Map.copyOf(new EnumMap<>(enforcingPercent));
  }

  /// How many failures in a row are too many; 0 = never.
  ///
  /// @param gatewayFailures of 502, 503 and 504
  /// @param localOrigin counts only if split
  public record Consecutive(int serverErrors, int gatewayFailures, int localOrigin) {}

  /// Ejects hosts whose share of successes is so much lower than that of all.
  ///
  /// @param minimumHosts that had the volume
  /// @param requestVolume in an interval
  /// @param stdevFactor thousandths: how many standard deviations below the mean
  public record SuccessRate(int minimumHosts, int requestVolume, int stdevFactor) {}

  /// Ejects hosts whose share of failures is so high.
  ///
  /// @param threshold percent
  public record FailurePercentage(int threshold, int minimumHosts, int requestVolume) {}

  /// How many are ejected, and for how long.
  ///
  /// @param maxPercent of the cluster's hosts at a time
  /// @param alwaysOne one may be ejected whatever its share
  /// @param jitterMillis at most so much is added to each time
  /// @param endsWithActivePass an active check that passes takes the host back at once
  public record Ejection(
      long baseMillis,
      long maxMillis,
      long jitterMillis,
      int maxPercent,
      boolean alwaysOne,
      boolean endsWithActivePass) {}
}
