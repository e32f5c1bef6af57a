package dev.outrider.bench;

import dev.outrider.proxywasm.engine.DeadlineVariant;
import dev.outrider.proxywasm.engine.InstanceLimits;
import dev.outrider.proxywasm.engine.WasmInstance;
import dev.outrider.proxywasm.host.MemoryPool;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// What asking for the deadline costs a guest that only computes, for each way of asking: rounds in
/// which the ways take turns, each compared with the one that asks nothing in the same round.
final class DeadlineChecks {
  private static final int ROUNDS = 21;
  private static final long WINDOW_NANOS = 15_000_000;
  private static final int TRIPS = 20;
  private static final double TARGET_PERCENT = 5;

  /// Each export takes a number of rounds and answers a number.
  private static final String KERNELS =
      """
      (module
        (memory 2)
        (func (export "mix") (param $n i32) (result i32) (local $x i32)
          (local.set $x (i32.const 88172645))
          (loop $next
            (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
            (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
            (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $x))
        (func (export "hash") (param $n i32) (result i32) (local $h i32) (local $at i32)
          (local.set $h (i32.const 0x811c9dc5))
          (loop $next
            (local.set $at (i32.and (local.get $n) (i32.const 65535)))
            (local.set $h
              (i32.mul (i32.const 0x01000193)
                (i32.xor (local.get $h) (i32.load8_u (local.get $at)))))
            (i32.store8 (local.get $at) (local.get $h))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $h))
        (func $fib (param $n i32) (result i32)
          (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
            (then (local.get $n))
            (else (i32.add
              (call $fib (i32.sub (local.get $n) (i32.const 1)))
              (call $fib (i32.sub (local.get $n) (i32.const 2)))))))
        (func (export "call") (param $n i32) (result i32) (local $sum i32)
          (loop $next
            (local.set $sum (i32.add (local.get $sum) (call $fib (i32.const 12))))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $sum)))
      """;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Map<DeadlineVariant, DeadlineVariant.Variant> modules =
      new EnumMap<>(DeadlineVariant.class);
  private final Map<DeadlineVariant, WasmInstance> guests = new EnumMap<>(DeadlineVariant.class);
  private final Consumer<GuestRow> rows;

  DeadlineChecks(Consumer<GuestRow> rows) {
    this.rows = rows;
    var pool = new MemoryPool(64L << 20, 0, Runnable::run);
    for (var variant : DeadlineVariant.values()) {
      var compiled = variant.compile(KERNELS);
      modules.put(variant, compiled);
      guests.put(variant, compiled.module().instantiate(List.of(), new InstanceLimits(2, pool)));
    }
  }

  void measure() {
    for (var kernel : List.of("mix", "hash", "call")) {
      costs(kernel);
    }
    afterAKill();
  }

  private void costs(String kernel) {
    int count = calibrate(kernel);
    var toEngine = new Sample();
    var ratios = new EnumMap<DeadlineVariant, Sample>(DeadlineVariant.class);
    for (var variant : DeadlineVariant.values()) {
      ratios.put(variant, new Sample());
      time(variant, kernel, count);
      time(variant, kernel, count);
    }
    var order = new ArrayList<>(List.of(DeadlineVariant.values()));
    for (int round = 0; round < ROUNDS; round++) {
      order.addLast(order.removeFirst());
      var nanos = new EnumMap<DeadlineVariant, Long>(DeadlineVariant.class);
      for (var variant : round % 2 == 0 ? order : order.reversed()) {
        nanos.put(variant, time(variant, kernel, count));
      }
      double none = nanos.getOrDefault(DeadlineVariant.NONE, 0L);
      double engine = nanos.getOrDefault(DeadlineVariant.ENGINE, 0L);
      ratios.forEach(
          (variant, sample) -> sample.add(100.0 * nanos.getOrDefault(variant, 0L) / none - 100));
      toEngine.add(100.0 * nanos.getOrDefault(DeadlineVariant.FLAG, 0L) / engine - 100);
    }
    rows.accept(
        GuestRow.time(
            "our check against the engine's, " + kernel,
            toEngine.median(),
            "%",
            TARGET_PERCENT,
            "median of " + ROUNDS + " rounds, each to the other in the same round"));
    ratios.forEach((variant, sample) -> row(kernel, variant, sample));
  }

  private void row(String kernel, DeadlineVariant variant, Sample percent) {
    if (variant == DeadlineVariant.NONE) {
      return;
    }
    var name = "  " + variant.name().toLowerCase(Locale.ROOT) + " against no check, " + kernel;
    var how =
        String.format(
            Locale.ROOT,
            "median of %d rounds to no check in the same round (%.1f to %.1f)",
            ROUNDS,
            percent.quantile(0.25),
            percent.quantile(0.75));
    rows.accept(GuestRow.beside(name, percent.median(), "%", how));
  }

  /// How many rounds of a kernel fill a window, without a check.
  private int calibrate(String kernel) {
    int count = 1 << 10;
    long nanos = 0;
    for (int i = 0; i < 200 && nanos < WINDOW_NANOS; i++) {
      nanos = time(DeadlineVariant.NONE, kernel, count);
      if (nanos < WINDOW_NANOS / 2) {
        count *= 2;
      }
    }
    return count;
  }

  private long time(DeadlineVariant variant, String kernel, int count) {
    var guest = guests.get(variant);
    if (guest == null) {
      throw new IllegalStateException(variant + " has no guest");
    }
    int export = guest.module().exportIndex(kernel);
    long before = threads.getCurrentThreadCpuTime();
    var _ = guest.call(export, count);
    return threads.getCurrentThreadCpuTime() - before;
  }

  /// What the other guests of a module lose when one of them is stopped through its switch point:
  /// all its code is thrown away by the JIT. A flag takes nothing from them.
  private void afterAKill() {
    int count = calibrate("mix");
    var lost = new Sample();
    for (int i = 0; i < TRIPS; i++) {
      long before = time(DeadlineVariant.SWITCH_POINT, "mix", count);
      var module = modules.get(DeadlineVariant.SWITCH_POINT);
      if (module != null) {
        module.guard().trip();
      }
      lost.add((time(DeadlineVariant.SWITCH_POINT, "mix", count) - before) / 1e6);
    }
    rows.accept(
        GuestRow.beside(
            "lost by others to a kill by switch_point",
            lost.median(),
            "ms",
            "CPU time more for the next window of 15 ms, median of " + TRIPS));
  }
}
