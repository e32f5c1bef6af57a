package dev.outrider.proxy.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/// How much of the processors is used, as Envoy's `cpu_utilization` has it: of the machine, or of
/// what the control group may have. Each look counts for a twentieth, so that a peak does not shed
/// load. In the background, one look at a time.
final class CpuUse {
  private static final double WEIGHT = 0.05;

  private final Path root;
  private final boolean container;
  private final LongSupplier nanoTime;
  private double busyBefore = -1;
  private double totalBefore;
  private double use;

  /// @param root of the file system, in which `proc` and `sys` are
  CpuUse(Path root, boolean container, LongSupplier nanoTime) {
    this.root = root;
    this.container = container;
    this.nanoTime = nanoTime;
  }

  /// 0 to 1; 0 at the first look, which has nothing to compare with.
  double look() throws IOException {
    var now = container ? group() : machine();
    var busy = now.busy - busyBefore;
    var total = now.total - totalBefore;
    if (busyBefore >= 0 && total > 0) {
      var current = Math.clamp(busy / total, 0.0, 1.0);
      use = WEIGHT * current + (1 - WEIGHT) * use;
    }
    busyBefore = now.busy;
    totalBefore = now.total;
    return use;
  }

  /// Of any unit, both the same.
  private record Times(double busy, double total) {}

  /// User, nice and system, of these and idle.
  private Times machine() throws IOException {
    var line = read("proc/stat").lines().findFirst().orElse("");
    var fields = line.split(" +", -1);
    if (!fields[0].equals("cpu") || fields.length < 5) {
      throw new IOException("/proc/stat begins with '" + line + "'");
    }
    var busy = number(fields[1]) + number(fields[2]) + number(fields[3]);
    return new Times(busy, busy + number(fields[4]));
  }

  /// Nanoseconds of processor time, of those there have been for the group.
  private Times group() throws IOException {
    var second = root.resolve("sys/fs/cgroup/cpu.stat");
    if (Files.exists(second)) {
      var used =
          Files.readString(second)
              .lines()
              .filter(line -> line.startsWith("usage_usec "))
              .map(line -> line.substring("usage_usec ".length()))
              .findFirst()
              .orElseThrow(() -> new IOException("no usage_usec in " + second));
      return new Times(number(used) * 1_000, nanoTime.getAsLong() * secondCores());
    }
    var used = number(read("sys/fs/cgroup/cpuacct/cpuacct.usage"));
    return new Times(used, nanoTime.getAsLong() * firstCores());
  }

  /// Version 2: the quota, and no more than the machine has.
  private double secondCores() throws IOException {
    var all = Runtime.getRuntime().availableProcessors();
    var quota = read("sys/fs/cgroup/cpu.max").strip().split(" ", -1);
    return quota[0].equals("max") || quota.length < 2
        ? all
        : Math.min(all, number(quota[0]) / number(quota[1]));
  }

  /// Version 1: 1,024 shares are a core, as in Envoy.
  private double firstCores() throws IOException {
    return number(read("sys/fs/cgroup/cpu/cpu.shares")) / 1_024;
  }

  private String read(String path) throws IOException {
    return Files.readString(root.resolve(path));
  }

  private static double number(String text) throws IOException {
    try {
      return Double.parseDouble(text.strip());
    } catch (NumberFormatException malformed) {
      throw new IOException("'" + text + "' is no number", malformed);
    }
  }
}
