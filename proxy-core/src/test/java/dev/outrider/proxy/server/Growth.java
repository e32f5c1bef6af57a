package dev.outrider.proxy.server;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// Tells a leak from noise by what was left after each of some equal windows of load. A free list
/// that fills up, a class that is loaded, a cache that warms: each grows in one window or another.
/// A leak grows in every one of them, with the work that was done.
final class Growth {
  /// What a window may leave, whatever it has done, and for each operation besides.
  private record Allowance(long always, double perOperation) {
    long of(long operations) {
      return always + (long) (operations * perOperation);
    }
  }

  private static final Allowance INSTANCES_OF_A_CLASS = new Allowance(12, 0.01);

  /// A JVM that has just begun still adds classes and method handles.
  private static final Allowance BYTES = new Allowance(1 << 20, 16);

  private static final Allowance DESCRIPTORS = new Allowance(4, 0.001);

  private Growth() {}

  /// What is on the heap and in the kernel when all that was begun has ended.
  ///
  /// @param operations of all clients since the first window
  record Footprint(LiveObjects objects, long pooledBytes, long descriptors, long operations) {
    @Override
    public String toString() {
      return "%d operations: %d bytes on the heap, %d in pools, %d descriptors"
          .formatted(operations, objects.bytes(), pooledBytes, descriptors);
    }
  }

  /// Returns a sentence for each thing that has grown in every window; empty if all is well.
  ///
  /// @param footprints at the borders of the windows; at least four, since two windows in a row may
  ///   well grow by chance
  static List<String> leaks(List<Footprint> footprints) {
    if (footprints.size() < 4) {
      throw new IllegalArgumentException("three windows at least, not " + footprints);
    }
    var leaks = new ArrayList<String>();
    var ours = new TreeMap<String, ToLongFunction<Footprint>>();
    for (var name : footprints.getLast().objects().instances().keySet()) {
      ours.put(name, footprint -> footprint.objects().instances().getOrDefault(name, 0L));
    }
    ours.forEach((name, count) -> find(name, footprints, count, INSTANCES_OF_A_CLASS, leaks));
    find("bytes on the heap", footprints, each -> each.objects().bytes(), BYTES, leaks);
    find("bytes in pools", footprints, Footprint::pooledBytes, BYTES, leaks);
    find("descriptors", footprints, Footprint::descriptors, DESCRIPTORS, leaks);
    return leaks;
  }

  private static void find(
      String what,
      List<Footprint> footprints,
      ToLongFunction<Footprint> count,
      Allowance allowed,
      List<String> leaks) {
    for (var i = 1; i < footprints.size(); i++) {
      var from = footprints.get(i - 1);
      var to = footprints.get(i);
      var grown = count.applyAsLong(to) - count.applyAsLong(from);
      if (grown <= allowed.of(to.operations() - from.operations())) {
        return;
      }
    }
    leaks.add(what + ": " + footprints.stream().map(count::applyAsLong).toList());
  }
}
