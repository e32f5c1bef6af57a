package dev.outrider.bench;

import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.Locale;
import java.util.function.Consumer;

/// What the JMH benchmarks measure, in short: CPU time, the least of some rounds.
final class GuestTimes {
  // So many that what warms up before the first round is compiled to the end.
  private static final int RUNS = 100_000;
  private static final int SLOW_RUNS = 10_000;
  private static final int RUNS_OF_MANY_CALLS = 10_000;
  private static final int CALLBACKS = 1_000_000;
  private static final double NANOS = 1000;
  private static final int CALLS_OF_TWENTY_HEADERS = 60;

  private final CostMeter meter = new CostMeter(Thread.currentThread());
  private final Consumer<GuestRow> rows;

  GuestTimes(Consumer<GuestRow> rows) {
    this.rows = rows;
  }

  void measure() {
    double none = meter.measure(RUNS, 1, FilterRig.withoutFilter()::run).cpuMicros();
    life("C", Example.HEADERS, none, RUNS, 1.5);
    life("Rust", Example.AUTH_KEY, none, RUNS, 3);
    life("Go", Example.RATE_LIMIT, none, SLOW_RUNS, 60);
    callback();
    for (var call : HostCall.values()) {
      hostCall(call);
    }
  }

  private void life(String language, Example example, double none, int runs, double target) {
    double micros = meter.measure(runs, 1, FilterRig.of(example)::run).cpuMicros() - none;
    var how = "a stream with it less one without; bench/micro FilterBenchmark";
    rows.accept(GuestRow.time("life of a request, " + language, micros, "us", target, how));
  }

  private void callback() {
    try (var guest = GuestHarness.start(Wat.guest().on("proxy_on_tick", "i:", "").wasm(), "")) {
      double micros = meter.measure(CALLBACKS, 1, guest.plugin()::onTick).cpuMicros();
      rows.accept(
          GuestRow.time(
              "empty callback", micros * NANOS, "ns", 60, "bench/micro CallbackBenchmark"));
    }
  }

  private void hostCall(HostCall call) {
    var cost = meter.measure(RUNS_OF_MANY_CALLS, HostCall.TIMES, FilterRig.of(call)::run);
    var name = "host call, " + call.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    switch (call) {
      case NOTHING -> {}
      case TWENTY_HEADERS ->
          rows.accept(
              GuestRow.time(
                  "20 headers added, read, removed",
                  cost.cpuMicros(),
                  "us",
                  25,
                  CALLS_OF_TWENTY_HEADERS + " calls; bench/micro HostCallBenchmark"));
      case ADD_AND_REMOVE_HEADER -> one(name + " (each)", cost.cpuMicros() / 2, cost.bytes() / 2);
      case GET_HEADER, REPLACE_HEADER, GET_PROPERTY, LOG, CLOCK ->
          one(name, cost.cpuMicros(), cost.bytes());
    }
  }

  private void one(String name, double micros, double bytes) {
    var how =
        String.format(
            Locale.ROOT,
            "%.1f B with its part of the stream; bench/micro HostCallBenchmark",
            bytes);
    rows.accept(GuestRow.time(name, micros * NANOS, "ns", 150, how));
  }
}
