package dev.outrider.proxy.loadbalancing;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which share of the requests, in percent, each priority gets: Envoy's integer arithmetic of
/// spill-over, degraded endpoints and panic. Immutable.
public final class PriorityLoads {
  private final int[] healthyShares;
  private final int[] degradedShares;
  private final int[] healthyLoads;
  private final int[] degradedLoads;
  private final boolean[] panic;

  private PriorityLoads(int[] healthyShares, int[] degradedShares, boolean[] panic) {
    this.healthyShares = healthyShares;
    this.degradedShares = degradedShares;
    this.healthyLoads = new int[healthyShares.length];
    this.degradedLoads = new int[healthyShares.length];
    this.panic = panic;
  }

  /// @param counts by priority; at least one
  /// @param overprovisioning percent; at 140 a priority takes all the load down to 72 % healthy
  /// @param panicPercent below this share of available endpoints a priority uses all of them; 0 =
  ///   never
  static PriorityLoads of(List<Counts> counts, int overprovisioning, int panicPercent) {
    var healthy = new int[counts.size()];
    var degraded = new int[counts.size()];
    for (var i = 0; i < healthy.length; i++) {
      healthy[i] = counts.get(i).share(counts.get(i).healthyWeight, overprovisioning);
      degraded[i] = counts.get(i).share(counts.get(i).degradedWeight, overprovisioning);
    }
    var loads = new PriorityLoads(healthy, degraded, new boolean[counts.size()]);
    var whole = loads.availability();
    loads.spread(whole);
    if (whole < 100) {
      loads.findPanic(counts, panicPercent);
    }
    return loads;
  }

  /// The same if nobody were available in some priorities (Envoy
  /// `envoy.retry_priorities.previous_priorities`). Null if nobody is in the others.
  public @Nullable PriorityLoads without(BitSet priorities) {
    var healthy = healthyShares.clone();
    var degraded = degradedShares.clone();
    for (var i = 0; i < healthy.length; i++) {
      if (priorities.get(i)) {
        healthy[i] = 0;
        degraded[i] = 0;
      }
    }
    var loads = new PriorityLoads(healthy, degraded, panic);
    var whole = loads.availability();
    loads.spread(whole);
    return whole == 0 ? null : loads;
  }

  /// How many priorities there are, those without endpoints included.
  public int priorities() {
    return panic.length;
  }

  int healthy(int priority) {
    return healthyLoads[priority];
  }

  int degraded(int priority) {
    return degradedLoads[priority];
  }

  boolean panic(int priority) {
    return panic[priority];
  }

  /// The priority that a number falls on: itself if its healthy endpoints are meant, its complement
  /// (`~priority`) if those that are degraded.
  ///
  /// @param hash random, or the request's where that must always come to the same priority
  int choose(long hash) {
    var wanted = (int) Long.remainderUnsigned(hash, 100) + 1;
    var sum = 0;
    for (var priority = 0; priority < healthyLoads.length; priority++) {
      sum += healthyLoads[priority];
      if (wanted <= sum) {
        return priority;
      }
    }
    for (var priority = 0; priority < degradedLoads.length; priority++) {
      sum += degradedLoads[priority];
      if (wanted <= sum) {
        return ~priority;
      }
    }
    throw new IllegalStateException("the loads of all priorities are " + sum + " %, not 100");
  }

  private int availability() {
    var sum = 0;
    for (var priority = 0; priority < panic.length; priority++) {
      sum += healthyShares[priority] + degradedShares[priority];
    }
    return Math.min(100, sum);
  }

  private void spread(int whole) {
    if (whole == 0) {
      // Nobody is available: the first priority gets the requests, and fails them unless it panics.
      healthyLoads[0] = 100;
      return;
    }
    var left = spread(healthyLoads, healthyShares, 100, whole);
    left = spread(degradedLoads, degradedShares, left, whole);
    var first = first(healthyShares);
    if (first >= 0) {
      healthyLoads[first] += left;
    } else {
      degradedLoads[first(degradedShares)] += left;
    }
  }

  private static int spread(int[] loads, int[] shares, int total, int whole) {
    var left = total;
    for (var priority = 0; priority < loads.length; priority++) {
      loads[priority] = Math.min(left, shares[priority] * 100 / whole);
      left -= loads[priority];
    }
    return left;
  }

  private static int first(int[] shares) {
    for (var priority = 0; priority < shares.length; priority++) {
      if (shares[priority] > 0) {
        return priority;
      }
    }
    return -1;
  }

  private void findPanic(List<Counts> counts, int panicPercent) {
    var all = true;
    var total = 0L;
    for (var priority = 0; priority < panic.length; priority++) {
      var count = counts.get(priority);
      panic[priority] = count.availablePercent() < panicPercent;
      all &= panic[priority];
      total += count.hosts;
    }
    if (all && total > 0) {
      spreadByHosts(counts, total);
    }
  }

  /// In total panic each priority gets what its number of endpoints says.
  private void spreadByHosts(List<Counts> counts, long total) {
    var left = 100;
    var first = -1;
    for (var priority = 0; priority < panic.length; priority++) {
      degradedLoads[priority] = 0;
      healthyLoads[priority] = (int) (100L * counts.get(priority).hosts / total);
      left -= healthyLoads[priority];
      if (first < 0 && counts.get(priority).hosts > 0) {
        first = priority;
      }
    }
    healthyLoads[first] += left;
  }

  /// What one priority has.
  ///
  /// @param hosts all of them
  /// @param excluded of these, those that do not count yet
  /// @param healthyWeight the number of healthy ones again, or their weights where those decide
  ///   (`weighted_priority_health`); the others likewise, the total without the excluded
  record Counts(
      int hosts,
      int excluded,
      int healthy,
      int degraded,
      long healthyWeight,
      long degradedWeight,
      long totalWeight) {

    static Counts unweighted(int hosts, int excluded, int healthy, int degraded) {
      return new Counts(hosts, excluded, healthy, degraded, healthy, degraded, hosts - excluded);
    }

    private int share(long weight, int overprovisioning) {
      return hosts == excluded ? 0 : (int) Math.min(100, overprovisioning * weight / totalWeight);
    }

    double availablePercent() {
      var counted = hosts - excluded;
      return counted == 0 ? 0 : 100.0 * healthy / counted + 100.0 * degraded / counted;
    }
  }
}
