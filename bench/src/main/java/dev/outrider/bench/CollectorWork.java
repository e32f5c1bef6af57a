package dev.outrider.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the serial collector of a process has done, and what the process has of the system.
///
/// @param full collections of the whole heap since the start
/// @param young the others
/// @param residentKilobytes physical memory, whatever it is used for
record CollectorWork(long full, long young, long residentKilobytes) {

  /// Of this process, now.
  static CollectorWork here() {
    long full = 0;
    long young = 0;
    for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      switch (collector.getName()) {
        case "MarkSweepCompact" -> full += collector.getCollectionCount();
        case "Copy" -> young += collector.getCollectionCount();
        default -> throw new IllegalStateException("not the serial collector: " + collector);
      }
    }
    return new CollectorWork(full, young, resident());
  }

  private static long resident() {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String line() {
    return full + " " + young + " " + residentKilobytes;
  }

  static CollectorWork parse(String line) {
    var numbers = line.split(" ", -1);
    return new CollectorWork(
        Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
  }
}
