package dev.outrider.bench;

import dev.outrider.bench.wire.Wire;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Measures what a request costs where it can be counted, prints it beside the limits of
/// `bench/budget.tsv`, and exits 1 if a limit is passed, a row is not measured, or a measurement
/// has no row.
public final class Budget {
  private static final int STAGE_RUNS = 20_000;
  private static final int PROXY_RUNS = 600;
  private static final int LONE_RUNS = 500;
  private static final int CHUNKS = 16;
  private static final int PIPELINED = 8;

  private final Map<String, Double> counted = new LinkedHashMap<>();
  private final Map<String, Double> cpuMicros = new LinkedHashMap<>();
  private final Set<String> skipped = new HashSet<>();
  private long startUpMillis;

  private Budget() {}

  /// Takes the path of the budget file.
  public static void main(String[] args) throws IOException, InterruptedException {
    var rows = BudgetRow.read(Path.of(args[0]));
    var budget = new Budget();
    // Heads and buffers come from caches of threads like an event loop's.
    var thread = new FastThreadLocalThread(null, budget::measure, "budget", 1L << 20);
    var failures = new Throwable[1];
    thread.setUncaughtExceptionHandler((_, failure) -> failures[0] = failure);
    thread.start();
    thread.join();
    if (failures[0] != null) {
      throw new IllegalStateException("a measurement failed", failures[0]);
    }
    System.exit(budget.judge(rows) ? 0 : 1);
  }

  private void measure() {
    try (var head = MessageRig.request(9, true)) {
      stage("h1_head_parse_edit_write", head::run);
    }
    try (var body = MessageRig.chunked(CHUNKS, 64)) {
      note(
          "h1_chunk_decode",
          new CostMeter(Thread.currentThread()).measure(STAGE_RUNS / CHUNKS, CHUNKS, body::run));
    }
    stage("route_match_1000", new RouteRig(1000)::run);
    stage("route_match_1000_hosts", new RouteRig(1000, 10)::run);
    stage("stream_without_filter", FilterRig.withoutFilter()::run);
    stage("stream_c_headers", FilterRig.of(Example.HEADERS)::run);
    stage("stream_rust_auth_key", FilterRig.of(Example.AUTH_KEY)::run);
    stage("stream_rust_auth_token", FilterRig.of(Example.AUTH_TOKEN)::run);
    for (var call : HostCall.values()) {
      hostCall(call);
    }
    proxied("request_h1", Wire.HTTP1, Wire.HTTP1, null);
    proxied("request_h1_c_headers", Wire.HTTP1, Wire.HTTP1, Example.HEADERS);
    proxied("request_h1_rust_auth", Wire.HTTP1, Wire.HTTP1, Example.AUTH_TOKEN);
    proxied("request_h2", Wire.HTTP2, Wire.HTTP1, null);
    proxied("request_h2_to_h2", Wire.HTTP2, Wire.HTTP2, null);
    systemCalls();
    crossings("crossings_c_headers", Example.HEADERS);
    crossings("crossings_rust_auth_key", Example.AUTH_KEY);
    crossings("crossings_rust_auth_token", Example.AUTH_TOKEN);
    var process = new ProcessCosts(counted);
    startUpMillis = process.startUp();
    process.idle();
    process.idleConnections(Wire.HTTP1, "held_per_idle_h1_connection");
    process.idleConnections(Wire.HTTP2, "held_per_idle_h2_connection");
    process.openStreams("held_per_open_h2_stream");
    process.streamed(Wire.HTTP2, "held_streaming_h2");
    process.streamed(Wire.HTTP1, "held_streaming_h1");
  }

  private void stage(String name, Runnable work) {
    note(name, new CostMeter(Thread.currentThread()).measure(STAGE_RUNS, 1, work));
  }

  private void hostCall(HostCall call) {
    var cost =
        new CostMeter(Thread.currentThread())
            .measure(STAGE_RUNS / HostCall.TIMES, HostCall.TIMES, FilterRig.of(call)::run);
    note("host_" + call.name().toLowerCase(Locale.ROOT), cost);
  }

  private void proxied(String name, Wire downstream, Wire upstream, @Nullable Example example) {
    try (var proxy = new ProxyRig(downstream, upstream, example)) {
      var client = proxy.client();
      note(name, new CostMeter(proxy.worker()).measure(PROXY_RUNS, client.run(), client::run));
    }
  }

  private void systemCalls() {
    try (var proxy = new ProxyRig(Wire.HTTP2, Wire.HTTP1, null)) {
      systemCalls("request_h2_system_calls", 1, proxy.client()::runOne);
    }
    try (var proxy = new ProxyRig(Wire.HTTP2, Wire.HTTP2, null)) {
      systemCalls("request_h2_to_h2_system_calls", 1, proxy.client()::runOne);
      systemCalls("request_h2_batched_system_calls", ProxyRig.IN_FLIGHT, proxy.client()::run);
    }
    try (var proxy = new ProxyRig(Wire.HTTP1, Wire.HTTP1, null);
        var pipelining = proxy.pipeliningClient()) {
      systemCalls("request_h1_system_calls", 1, proxy.client()::runOne);
      systemCalls(
          "request_h1_pipelined_system_calls", PIPELINED, () -> pipelining.runPipelined(PIPELINED));
    }
  }

  /// One run at a time: nothing is shared between runs that way, so it is the most that one can
  /// cost.
  private void systemCalls(String name, int requestsPerRun, Runnable run) {
    run.run();
    var calls = SystemCalls.during("worker-0", () -> repeat(LONE_RUNS, run));
    if (calls != null) {
      counted.put(name, calls / (double) LONE_RUNS / requestsPerRun);
    } else {
      skipped.add(name);
    }
  }

  private static void repeat(int times, Runnable work) {
    for (int i = 0; i < times; i++) {
      work.run();
    }
  }

  private void note(String name, Cost cost) {
    counted.put(name, cost.bytes());
    cpuMicros.put(name, cost.cpuMicros());
  }

  private void crossings(String name, Example example) {
    counted.put(name, (double) Crossings.perStream(example));
  }

  private boolean judge(Iterable<BudgetRow> rows) {
    var good = true;
    var open = new TreeSet<>(counted.keySet());
    line("measure", "counted", "limit", "unit", "CPU us*", "");
    for (var row : rows) {
      open.remove(row.name());
      var value = counted.get(row.name());
      good &= value == null ? skipped.contains(row.name()) : value <= row.limit();
      line(
          row.name(),
          number(value),
          number(row.limit()),
          row.unit(),
          number(cpuMicros.get(row.name())),
          verdict(row, value));
    }
    for (var name : open) {
      good = false;
      line(
          name,
          number(counted.get(name)),
          "-",
          "",
          number(cpuMicros.get(name)),
          "NO ROW in the budget");
    }
    System.out.println(
        "start of a fresh process to its first proxied answer, without the start-up cache: "
            + startUpMillis
            + " ms");
    System.out.println("* of this machine, now: the least of some rounds; never gated");
    return good;
  }

  private String verdict(BudgetRow row, @Nullable Double value) {
    if (value == null) {
      return skipped.contains(row.name()) ? "skipped: needs strace" : "NOT MEASURED";
    }
    return value <= row.limit() ? "ok" : "OVER: " + row.why();
  }

  private static void line(
      String name, String value, String limit, String unit, String micros, String verdict) {
    System.out.printf(
        Locale.ROOT, "%-34s %10s %10s  %-18s %8s  %s%n", name, value, limit, unit, micros, verdict);
  }

  private static String number(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }
}
