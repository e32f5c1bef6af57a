package dev.outrider.bench;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Measures what guests cost and what they may do to others, and prints each figure beside its
/// target. Times are of this machine, now; only `collections` counts.
public final class Guests {
  private static final List<String> PARTS =
      List.of("kills", "neighbours", "modules", "checks", "requests", "warm-up", "changes");

  private final List<GuestRow> rows = new ArrayList<>();

  private Guests() {}

  /// Takes `--minutes N` (how long configuration changes go on) and the names of parts; no name is
  /// all of them.
  public static void main(String[] args) throws InterruptedException {
    var parts = new ArrayList<String>();
    var changing = Duration.ZERO;
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--minutes") && i + 1 < args.length) {
        changing = Duration.ofMinutes(Long.parseLong(args[++i]));
      } else if (PARTS.contains(args[i])) {
        parts.add(args[i]);
      } else {
        System.err.println(
            "usage: bench/guests [--minutes N] [" + String.join("|", PARTS) + "]...");
        System.exit(2);
      }
    }
    var wanted = parts.isEmpty() ? Set.copyOf(PARTS) : Set.copyOf(parts);
    var changesFor = changing;
    var guests = new Guests();
    System.out.printf(
        Locale.ROOT, "%-44s %18s %12s  %-7s %s%n", "measure", "figure", "target", "", "how");
    // Heads and buffers come from caches of threads like an event loop's.
    var thread =
        new FastThreadLocalThread(
            null, () -> guests.measure(wanted, changesFor), "guests", 8L << 20);
    var failures = new Throwable[1];
    thread.setUncaughtExceptionHandler((_, failure) -> failures[0] = failure);
    thread.start();
    thread.join();
    if (failures[0] != null) {
      throw new IllegalStateException("a measurement failed", failures[0]);
    }
    System.exit(guests.rows.stream().allMatch(GuestRow::goodWhereGated) ? 0 : 1);
  }

  private void measure(Set<String> parts, Duration changing) {
    try {
      // Before anything else has warmed the host.
      part(parts, "warm-up", () -> new WarmUpTimes(this::row).measure());
      part(parts, "modules", () -> new GuestModules(this::row).measure());
      part(parts, "kills", () -> new GuestKills(this::row).measure());
      part(parts, "neighbours", () -> new NeighbourTimes(this::row).measure());
      part(parts, "checks", () -> new DeadlineChecks(this::row).measure());
      part(parts, "requests", () -> new GuestTimes(this::row).measure());
      part(parts, "changes", () -> new ConfigChanges(this::row).measure(changing));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A part of the measurement.
  private interface Part {
    void run() throws IOException, InterruptedException;
  }

  private static void part(Set<String> parts, String name, Part part)
      throws IOException, InterruptedException {
    if (parts.contains(name)) {
      part.run();
    }
  }

  private void row(GuestRow row) {
    rows.add(row);
    System.out.println(row.line());
  }
}
