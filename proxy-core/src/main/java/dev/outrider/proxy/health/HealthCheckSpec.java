package dev.outrider.proxy.health;

/// How the hosts of a cluster are asked whether they are fit (Envoy `core.v3.HealthCheck`).
///
/// @param timeoutMillis of one check
/// @param unhealthyThreshold so many checks in a row that fail by the network make a host unfit; an
///   answer that says no makes it so at once
/// @param healthyThreshold so many checks in a row that pass make it fit again
/// @param reusesConnection false to connect for each check
/// @param log of what is found
public record HealthCheckSpec(
    long timeoutMillis,
    CheckIntervals intervals,
    int unhealthyThreshold,
    int healthyThreshold,
    boolean reusesConnection,
    ProbeSpec probe,
    CheckLogSpec log) {

  /// Of whose findings nothing is written.
  public HealthCheckSpec(
      long timeoutMillis,
      CheckIntervals intervals,
      int unhealthyThreshold,
      int healthyThreshold,
      boolean reusesConnection,
      ProbeSpec probe) {
    this(
        timeoutMillis,
        intervals,
        unhealthyThreshold,
        healthyThreshold,
        reusesConnection,
        probe,
        CheckLogSpec.NONE);
  }
}
