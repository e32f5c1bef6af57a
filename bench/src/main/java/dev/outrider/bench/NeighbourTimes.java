package dev.outrider.bench;

import dev.outrider.proxy.server.Server;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// What a worker loses while a guest of the other one loops for ever and is stopped: a proxy with
/// two workers, a client of each. Each kill is compared with a call that computes as long and ends
/// by itself, since both take a core from whoever needs it.
final class NeighbourTimes {
  private static final int KILLS = 100;
  private static final int PLUGINS = 12; // ten failures within a minute would be a crash loop
  private static final int DEADLINE_MILLIS = 100;
  private static final int WORK_MILLIS = 25;
  private static final int PARTS = 400;
  private static final int WARM_UP_CALLS = 2000;
  private static final double TARGET_MILLIS = 1;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Consumer<GuestRow> rows;

  NeighbourTimes(Consumer<GuestRow> rows) {
    this.rows = rows;
  }

  void measure() throws IOException {
    var module = Files.createTempFile("loops", ".wasm");
    try {
      Files.write(module, guest(roundsOfWork()));
      try (var server = start(module)) {
        measure(server);
      }
    } finally {
      Files.delete(module);
    }
  }

  /// Does what the header `x-do` asks for: `loop` for ever, `work` for some rounds, `part` for a
  /// part of them.
  private static byte[] guest(long rounds) {
    return Wat.guest()
        .data(1000, "x-do")
        // Functions of their own: what the JIT knows of one stays true when another is first run.
        .with(
            """
            (func $forever (loop $next (br $next)))
            (func $work (param $left i64)
              (loop $next
                (br_if $next (i64.ne (i64.const 0)
                  (local.tee $left (i64.sub (local.get $left) (i64.const 1)))))))
            """)
        .onRequestHeaders(
            """
            (local $what i32)
            (if (i32.eqz %s)
              (then (if (i32.load (i32.const 104))
                (then (local.set $what (i32.load8_u (i32.load (i32.const 100))))))))
            (if (i32.eq (local.get $what) (i32.const %d)) (then (call $forever)))
            (if (i32.eq (local.get $what) (i32.const %d))
              (then (call $work (i64.const %d))))
            (if (i32.eq (local.get $what) (i32.const %d))
              (then (call $work (i64.const %d))))
            """
                .formatted(
                    Wat.call("proxy_get_header_map_value", 0, 1000, 4, 100, 104),
                    (int) 'l',
                    (int) 'w',
                    rounds,
                    (int) 'p',
                    Math.max(1, rounds / PARTS)))
        .wasm();
  }

  /// How many rounds take a quarter of the deadline on this machine.
  private long roundsOfWork() {
    long rounds = 1_000_000;
    for (int i = 0; i < 12; i++) {
      try (var guest = GuestHarness.start(guest(rounds), "")) {
        long nanos = 0;
        for (int j = 0; j < WARM_UP_CALLS; j++) {
          var _ = guest.request("GET", "/", "x-do", "part");
        }
        for (int j = 0; j < 3; j++) {
          long before = threads.getCurrentThreadCpuTime();
          var _ = guest.request("GET", "/", "x-do", "work");
          nanos = threads.getCurrentThreadCpuTime() - before;
        }
        long wanted = WORK_MILLIS * 1_000_000L;
        if (nanos > wanted * 9 / 10 && nanos < wanted * 11 / 10) {
          return rounds;
        }
        rounds = Math.max(1000, (long) ((double) rounds * wanted / Math.max(nanos, 1)));
      }
    }
    return rounds;
  }

  private static Server start(Path module) {
    var text = new StringBuilder("static_resources:\n  listeners:\n");
    for (int i = 0; i < PLUGINS; i++) {
      text.append(listener(i, module));
    }
    return ProxyRig.start(new BootstrapSource(null, text.toString()), 2);
  }

  private static String listener(int number, Path module) {
    return """
      - name: listener-%1$d
        address: {socket_address: {address: 127.0.0.1, port_value: 0}}
        filter_chains:
        - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: bench
              route_config:
                virtual_hosts:
                - name: all
                  domains: ["*"]
                  routes: [{match: {prefix: "/"}, direct_response: {status: 200}}]
              http_filters:
              - name: wasm
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
                  config:
                    name: plugin-%1$d
                    failure_policy: FAIL_RELOAD
                    reload_config: {backoff: {base_interval: 0.01s}}
                    vm_config: {vm_id: vm-%1$d, code: {local: {filename: "%2$s"}}}
                    configuration:
                      "@type": type.googleapis.com/outrider.wasm.v1.GuestConfig
                      limits: {request_cpu: %3$ss}
              - name: envoy.filters.http.router
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(number, module, DEADLINE_MILLIS / 1e3);
  }

  private void measure(Server server) {
    var workers = List.of(ProxyRig.threadNamed("worker-0"), ProxyRig.threadNamed("worker-1"));
    warmUp(server);
    var attackers = new ArrayList<GuestClient>();
    for (int i = 0; i < PLUGINS; i++) {
      attackers.add(clientOf(server, i, workers.getFirst()));
    }
    try (var neighbour = new Neighbour(clientOf(server, 0, workers.getLast()))) {
      var overruns = new Sample();
      var killed = new Sample();
      var worked = new Sample();
      var added = new Sample();
      var fresh = new Sample();
      for (int kill = 0; kill < KILLS; kill++) {
        var attacker = attackers.get(kill % PLUGINS);
        double work = neighbour.longestDuring(() -> workAsLong(attacker));
        long before = threads.getThreadCpuTime(workers.getFirst().threadId());
        double loop = neighbour.longestDuring(() -> attacker.expect("loop", 503));
        long used = threads.getThreadCpuTime(workers.getFirst().threadId()) - before;
        overruns.add(used / 1e6 - DEADLINE_MILLIS);
        worked.add(work);
        killed.add(loop);
        added.add(loop - work);
        fresh.add(millisUntilServed(attacker));
      }
      report(overruns, worked, killed, added, fresh);
    }
    attackers.forEach(GuestClient::close);
  }

  private static void workAsLong(GuestClient client) {
    for (int i = 0; i < DEADLINE_MILLIS / WORK_MILLIS; i++) {
      client.expect("work", 200);
    }
  }

  private void report(Sample overruns, Sample worked, Sample killed, Sample added, Sample fresh) {
    rows.accept(
        GuestRow.time(
            "kill on a running worker, median",
            overruns.median(),
            "ms",
            2,
            KILLS
                + " requests that loop, CPU time of the worker beyond "
                + DEADLINE_MILLIS
                + " ms, the answer and the end of the VM included"));
    rows.accept(
        GuestRow.beside("kill on a running worker, worst", overruns.worst(), "ms", "of the same"));
    rows.accept(
        GuestRow.time(
            "lost by the other worker, median",
            added.median(),
            "ms",
            TARGET_MILLIS,
            String.format(
                Locale.ROOT,
                "its slowest answer during a kill less that during as much work that ends;"
                    + " slowest: kills %.2f (worst %.1f), work %.2f (worst %.1f)",
                killed.median(),
                killed.worst(),
                worked.median(),
                worked.worst())));
    rows.accept(
        GuestRow.beside(
            "a fresh VM serves after a kill",
            fresh.median(),
            "ms",
            String.format(
                Locale.ROOT,
                "after %d of %d kills, worst %.0f ms; back-off 10 ms",
                KILLS,
                KILLS,
                fresh.worst())));
  }

  /// The plugins have one module: what the JIT makes of its loop serves them all. Until then the
  /// whole of the work would take longer than the deadline.
  private static void warmUp(Server server) {
    try (var client = new GuestClient(port(server, 0))) {
      for (int i = 0; i < WARM_UP_CALLS; i++) {
        client.expect("part", 200);
      }
    }
  }

  private static int port(Server server, int listener) {
    var address = server.listenerAddresses().get("listener-" + listener);
    if (address == null) {
      throw new IllegalStateException("listener " + listener + " is not bound");
    }
    return address.port();
  }

  /// A client whose connection is that worker's: found by whose CPU time its work takes.
  private GuestClient clientOf(Server server, int listener, Thread worker) {
    int port = port(server, listener);
    for (int i = 0; i < 200; i++) {
      var client = new GuestClient(port);
      long before = threads.getThreadCpuTime(worker.threadId());
      client.expect("work", 200);
      if (threads.getThreadCpuTime(worker.threadId()) - before > WORK_MILLIS * 300_000L) {
        return client;
      }
      client.close();
    }
    throw new IllegalStateException("no connection went to " + worker.getName());
  }

  private static double millisUntilServed(GuestClient client) {
    long started = System.nanoTime();
    while (client.ask("nothing") != 200) {
      if (System.nanoTime() - started > PATIENCE_NANOS) {
        throw new IllegalStateException("no fresh VM serves");
      }
    }
    return (System.nanoTime() - started) / 1e6;
  }

  /// The client of the worker that has no part in it, on a thread of its own.
  private static final class Neighbour implements AutoCloseable {
    private final GuestClient client;
    private final Thread thread;
    private volatile boolean over;
    private volatile long longestNanos;
    private volatile boolean forget;

    Neighbour(GuestClient client) {
      this.client = client;
      thread = Thread.ofPlatform().name("neighbour").start(this::run);
    }

    private void run() {
      while (!over) {
        long started = System.nanoTime();
        client.expect("nothing", 200);
        long took = System.nanoTime() - started;
        if (forget) {
          longestNanos = 0;
          forget = false;
        } else if (took > longestNanos) {
          longestNanos = took;
        }
      }
    }

    /// The slowest answer in milliseconds among those under way during it.
    double longestDuring(Runnable work) {
      forget = true;
      while (forget) {
        Thread.onSpinWait();
        if (!thread.isAlive()) {
          throw new IllegalStateException("the other worker's client has failed");
        }
      }
      work.run();
      return longestNanos / 1e6;
    }

    @Override
    public void close() {
      over = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      client.close();
    }
  }
}
