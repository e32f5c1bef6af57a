package dev.outrider.bench;

import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.GuestFailure;
import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.host.CallLimits;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How long after its deadline a guest that loops for ever is stopped, by the CPU time of its
/// thread. The deadline is long enough for the watchdog to look as seldom as it ever does.
final class GuestKills {
  private static final int KILLS = 100;
  private static final Duration DEADLINE = Duration.ofMillis(100);
  private static final double TARGET_MILLIS = 2;
  private static final String LOOP = "(loop $forever (br $forever))";
  private static final PluginLimits LIMITS = limits(DEADLINE);

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Consumer<GuestRow> rows;

  /// Where a guest loops.
  private enum Callback {
    REQUEST_HEADERS(Wat.guest().onRequestHeaders(LOOP)),
    CONFIGURE(Wat.guest().onConfigure(LOOP)),
    TICK(Wat.guest().on("proxy_on_tick", "i:", LOOP));

    @SuppressWarnings("ImmutableEnumChecker") // it is
    private final FilterModule module;

    Callback(Wat guest) {
      module = GuestHarness.load(guest.wasm());
    }
  }

  GuestKills(Consumer<GuestRow> rows) {
    this.rows = rows;
  }

  static PluginLimits limits(Duration each) {
    var usual = PluginLimits.DEFAULT;
    return new PluginLimits(
        new CallLimits(each, each, each, Duration.ofSeconds(60)),
        usual.pause(),
        usual.maxCallouts(),
        usual.maxCalloutBytes(),
        usual.logLinesPerSecond());
  }

  void measure() {
    for (var callback : Callback.values()) {
      var overruns = new Sample();
      for (int i = 0; i < KILLS; i++) {
        overruns.add(overrunMillis(callback));
      }
      var name = "kill in " + callback.name().toLowerCase(Locale.ROOT);
      rows.accept(
          GuestRow.time(
              name + ", median",
              overruns.median(),
              "ms",
              TARGET_MILLIS,
              KILLS + " loops of " + DEADLINE.toMillis() + " ms, CPU time beyond it"));
      rows.accept(GuestRow.beside(name + ", worst", overruns.worst(), "ms", "of the same"));
    }
  }

  private double overrunMillis(Callback callback) {
    var failed = callback == Callback.CONFIGURE ? null : start(callback);
    long before = threads.getCurrentThreadCpuTime();
    try {
      switch (callback) {
        case REQUEST_HEADERS -> {
          var _ = running(failed).request("GET", "/");
        }
        case CONFIGURE -> failed = start(callback);
        case TICK -> running(failed).plugin().onTick();
      }
    } catch (GuestFailureException stopped) {
      check(stopped.failure());
    }
    long used = threads.getCurrentThreadCpuTime() - before;
    if (failed != null) {
      check(failed.vm().failure());
      failed.close();
    }
    return (used - DEADLINE.toNanos()) / 1e6;
  }

  private static GuestHarness running(@Nullable GuestHarness guest) {
    if (guest == null) {
      throw new IllegalStateException("the guest did not start");
    }
    return guest;
  }

  private static GuestHarness start(Callback callback) {
    var spec = new PluginSpec("loops", "", new byte[] {'x'}, false, LIMITS);
    return GuestHarness.start(callback.module, VmSpec.DEFAULT, spec, new TestServices());
  }

  private static void check(@Nullable GuestFailure failure) {
    if (!(failure instanceof GuestFailure.Timeout)) {
      throw new IllegalStateException("not stopped at its deadline: " + failure);
    }
  }
}
