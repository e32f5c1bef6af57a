package dev.outrider.bench;

import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.ModuleOptions;
import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.function.Consumer;

/// What a large module (Go) costs to load and to hold.
final class GuestModules {
  private static final double MEGABYTE = 1 << 20;
  private static final double TARGET_MEGABYTES = 10;
  private static final double TARGET_RELOAD_MILLIS = 250;
  private static final int RELOADS = 5;
  private static final int STARTS = 10;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Consumer<GuestRow> rows;

  GuestModules(Consumer<GuestRow> rows) {
    this.rows = rows;
  }

  void measure() throws IOException {
    var folder = Files.createTempDirectory("modules");
    try {
      measure(Example.RATE_LIMIT, folder);
    } finally {
      delete(folder);
    }
  }

  private void measure(Example example, Path folder) throws IOException {
    // What every first module brings along is not this one's.
    GuestHarness.start(Example.HEADERS.module(), "").close();
    var wasm = Files.readAllBytes(example.module());
    var options =
        new ModuleOptions(
            ModuleOptions.DEFAULT.maxModuleBytes(), folder, ModuleOptions.DEFAULT.unknownImports());
    var name = String.format(Locale.ROOT, "Go module of %.1f MB: ", wasm.length / 1e6);
    long before = heapBytes();
    long started = threads.getCurrentThreadCpuTime();
    var module = load(wasm, options, "stored");
    rows.accept(
        GuestRow.beside(name + "first load", millis(started), "ms", "CPU time, once; compiled"));
    rows.accept(
        GuestRow.time(
            name + "heap held",
            (heapBytes() - before) / MEGABYTE,
            "MB",
            TARGET_MEGABYTES,
            "after collections, without instances"));
    before = heapBytes();
    var guest = start(module, example);
    rows.accept(
        GuestRow.beside(
            name + "heap of one instance",
            (heapBytes() - before) / MEGABYTE,
            "MB",
            String.format(
                Locale.ROOT,
                "%.1f MB of it linear memory as the guest sees it; the rest are its room to grow"
                    + " and the smaller blocks that it has outgrown, which the pool keeps for"
                    + " others",
                guest.vm().memoryBytes() / MEGABYTE)));
    guest.close();
    reloads(name, wasm, options);
    starts(name, module, example);
  }

  /// Every fourth full collection of the serial collector leaves no gaps.
  private static long heapBytes() {
    var _ = Held.here();
    return Held.here().heapBytes();
  }

  private void reloads(String name, byte[] wasm, ModuleOptions options) {
    var reloads = new Sample();
    for (int i = 0; i < RELOADS; i++) {
      long started = threads.getCurrentThreadCpuTime();
      load(wasm, options, "hit");
      reloads.add(millis(started));
    }
    rows.accept(
        GuestRow.time(
            name + "load from the cache",
            reloads.median(),
            "ms",
            TARGET_RELOAD_MILLIS,
            "CPU time, median of " + RELOADS));
  }

  private void starts(String name, FilterModule module, Example example) {
    var starts = new Sample();
    for (int i = 0; i < STARTS; i++) {
      long started = threads.getCurrentThreadCpuTime();
      start(module, example).close();
      starts.add(millis(started));
    }
    rows.accept(
        GuestRow.beside(
            name + "start of an instance",
            starts.median(),
            "ms",
            "CPU time, median of " + STARTS + "; never on a loop: WasmFilterProviderTest"));
  }

  private static FilterModule load(byte[] wasm, ModuleOptions options, String cache) {
    var module = FilterModule.load("measured", wasm, options);
    if (!module.cacheOutcome().equals(cache)) {
      throw new IllegalStateException("the disk cache: " + module.cacheOutcome());
    }
    return module;
  }

  private static GuestHarness start(FilterModule module, Example example) {
    var configuration = example.configuration().getBytes(StandardCharsets.UTF_8);
    return GuestHarness.start(
        module,
        VmSpec.DEFAULT,
        new PluginSpec("measured", "", configuration, false),
        new TestServices());
  }

  private double millis(long startedNanos) {
    return (threads.getCurrentThreadCpuTime() - startedNanos) / 1e6;
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
