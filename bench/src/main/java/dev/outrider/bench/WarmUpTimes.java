package dev.outrider.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;
import java.util.function.Consumer;

/// What the first requests of a module cost until the JIT knows it, and what the same number costs
/// after others have gone before: the gain of a warm-up, and its price. The first module meets host
/// code that is cold as well; so do those of a process that has just started.
final class WarmUpTimes {
  private static final int FIRST = 1000;
  private static final int BETWEEN = 5000;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Consumer<GuestRow> rows;

  WarmUpTimes(Consumer<GuestRow> rows) {
    this.rows = rows;
  }

  void measure() {
    measure("C, cold host", Example.HEADERS);
    measure("C", Example.HEADERS);
    measure("Rust", Example.AUTH_KEY);
    measure("Go", Example.RATE_LIMIT);
  }

  private void measure(String language, Example example) {
    var rig = FilterRig.of(example);
    var slowest = new Sample();
    double first = micros(rig, FIRST, slowest);
    double between = micros(rig, BETWEEN, new Sample());
    var slowestWarm = new Sample();
    double warm = micros(rig, FIRST, slowestWarm);
    var name = "first 1,000 requests, " + language;
    rows.accept(
        GuestRow.beside(
            name,
            first,
            "us each",
            String.format(
                Locale.ROOT,
                "CPU time; the slowest %.1f ms, 99 of 100 below %.2f ms",
                slowest.worst(),
                slowest.quantile(0.99))));
    rows.accept(
        GuestRow.beside(
            "the same after 5,000 others",
            warm,
            "us each",
            String.format(
                Locale.ROOT,
                "the slowest %.1f ms, 99 of 100 below %.2f ms; the 5,000 took %.0f ms of CPU time",
                slowestWarm.worst(),
                slowestWarm.quantile(0.99),
                between * BETWEEN / 1000)));
  }

  /// Microseconds of CPU time for each stream.
  private double micros(FilterRig rig, int streams, Sample each) {
    long started = threads.getCurrentThreadCpuTime();
    long before = started;
    for (int i = 0; i < streams; i++) {
      rig.run();
      long now = threads.getCurrentThreadCpuTime();
      each.add((now - before) / 1e6);
      before = now;
    }
    return (before - started) / 1e3 / streams;
  }
}
