package dev.outrider.proxy.health;

import java.util.random.RandomGenerator;

/// How long after one check the next follows, in milliseconds.
///
/// @param healthy of a host that is fit
/// @param healthyEdge of one that has passed, where more passes are needed
/// @param unhealthy of a host that is unfit
/// @param unhealthyEdge of one that has failed, where more failures are needed
/// @param noTraffic while the cluster never had a connection
/// @param noTrafficHealthy the same of a host that is fit
/// @param initialJitter the first check comes at most so much later; 0 = at once
/// @param jitter each other check comes at most so much later
/// @param jitterPercent and at most this share of its interval
public record CheckIntervals(
    long healthy,
    long healthyEdge,
    long unhealthy,
    long unhealthyEdge,
    long noTraffic,
    long noTrafficHealthy,
    long initialJitter,
    long jitter,
    int jitterPercent) {

  /// @param passed the check that has just ended
  /// @param pending more like it are needed for the host's state to change
  long next(boolean passed, boolean pending, boolean traffic, RandomGenerator random) {
    long base;
    if (!traffic) {
      base = passed && !pending ? noTrafficHealthy : noTraffic;
    } else if (passed) {
      base = pending ? healthyEdge : healthy;
    } else {
      base = pending ? unhealthyEdge : unhealthy;
    }
    return later(base, jitter, random);
  }

  long first(RandomGenerator random) {
    return later(0, initialJitter, random);
  }

  private long later(long base, long most, RandomGenerator random) {
    var delay = base;
    var share = base * jitterPercent / 100;
    if (share > 0) {
      delay += random.nextLong(share);
    }
    if (most > 0) {
      delay += random.nextLong(most);
    }
    return Math.max(1, delay);
  }
}
