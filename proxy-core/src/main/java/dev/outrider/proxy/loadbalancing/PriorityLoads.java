package dev.outrider.proxy.loadbalancing;

import java.util.List;

/// Which share of the requests, in percent, each priority gets: Envoy's integer arithmetic of
/// spill-over, degraded endpoints and panic.
final class PriorityLoads {
  private final int[] healthyLoad;
  private final int[] degradedLoad;
  private final boolean[] panic;
  private final List<Counts> counts;

  private PriorityLoads(List<Counts> counts) {
    this.counts = List.copyOf(counts);
    this.healthyLoad = new int[counts.size()];
    this.degradedLoad = new int[counts.size()];
    this.panic = new boolean[counts.size()];
  }

  /// @param overprovisioning percent; at 140 a priority takes all the load down to 72 % healthy
  /// @param panicPercent below this share of healthy endpoints a priority uses all of them; 0 =
  ///   never
  static PriorityLoads of(List<Counts> counts, int overprovisioning, int panicPercent) {
    var loads = new PriorityLoads(counts);
    loads.spread(overprovisioning);
    if (loads.availability(overprovisioning) < 100) {
      loads.findPanic(panicPercent);
    }
    return loads;
  }

  int healthy(int priority) {
    return healthyLoad[priority];
  }

  int degraded(int priority) {
    return degradedLoad[priority];
  }

  boolean panic(int priority) {
    return panic[priority];
  }

  /// Whether this priority's healthy picker gets everything.
  boolean allHealthyIn(int priority) {
    return healthyLoad[priority] == 100;
  }

  private int availability(int factor) {
    var sum = 0;
    for (var count : counts) {
      sum += count.healthyShare(factor) + count.degradedShare(factor);
    }
    return Math.min(100, sum);
  }

  private void spread(int factor) {
    var whole = availability(factor);
    if (whole == 0) {
      // Nobody is available: the first priority gets the requests, and fails them unless it panics.
      healthyLoad[0] = 100;
      return;
    }
    var left = 100;
    for (var priority = 0; priority < healthyLoad.length; priority++) {
      healthyLoad[priority] =
          Math.min(left, counts.get(priority).healthyShare(factor) * 100 / whole);
      left -= healthyLoad[priority];
    }
    for (var priority = 0; priority < degradedLoad.length; priority++) {
      degradedLoad[priority] =
          Math.min(left, counts.get(priority).degradedShare(factor) * 100 / whole);
      left -= degradedLoad[priority];
    }
    giveRest(left);
  }

  private void giveRest(int rest) {
    for (var load : List.of(healthyLoad, degradedLoad)) {
      for (var priority = 0; priority < load.length; priority++) {
        if (load[priority] != 0) {
          load[priority] += rest;
          return;
        }
      }
    }
  }

  private void findPanic(int panicPercent) {
    var all = true;
    var total = 0;
    for (var priority = 0; priority < panic.length; priority++) {
      var count = counts.get(priority);
      panic[priority] =
          count.hosts == 0 ? panicPercent > 0 : count.healthy * 100 / count.hosts < panicPercent;
      all &= panic[priority];
      total += count.hosts;
    }
    if (all && total > 0) {
      spreadByHosts(total);
    }
  }

  /// In total panic each priority gets what its number of endpoints says.
  private void spreadByHosts(int total) {
    var left = 100;
    var first = -1;
    for (var priority = 0; priority < panic.length; priority++) {
      degradedLoad[priority] = 0;
      healthyLoad[priority] = counts.get(priority).hosts * 100 / total;
      left -= healthyLoad[priority];
      if (first < 0 && counts.get(priority).hosts > 0) {
        first = priority;
      }
    }
    healthyLoad[first] += left;
  }

  /// What one priority has.
  record Counts(int hosts, int healthy, int degraded) {
    private int healthyShare(int factor) {
      return hosts == 0 ? 0 : (int) Math.min(100, (long) factor * healthy / hosts);
    }

    private int degradedShare(int factor) {
      return hosts == 0 ? 0 : (int) Math.min(100, (long) factor * degraded / hosts);
    }
  }
}
