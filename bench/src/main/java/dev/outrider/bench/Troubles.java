package dev.outrider.bench;

import dev.outrider.bench.wire.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/// What clients notice of troubles beside the data plane: a disk that takes no access log, logs
/// that are rotated, 200 admin requests a second. A proxy with one worker in a JVM of its own, a
/// load of 1,000 requests a second on four connections; windows without and with a trouble take
/// turns, in both orders, and each pair gives the ratio of their 99th percentiles.
///
/// Latency counts from when a request was due: a client that waits does not hide what it misses.
final class Troubles {
  private static final int CONNECTIONS = 4;
  private static final long REQUEST_NANOS = 4_000_000; // of each connection
  private static final long WINDOW_NANOS = 2_000_000_000;
  private static final int WARM_UP_WINDOWS = 4;
  private static final int CLUSTERS = 200;
  private static final int ADMIN_CONNECTIONS = 4;
  private static final long ADMIN_NANOS = 20_000_000; // of each: 200 a second together
  private static final long ROTATION_NANOS = 100_000_000;
  private static final long SCRAPE_NANOS = 100_000_000;

  /// What probes, agents and scrapers ask for.
  private static final List<String> PAGES =
      List.of(
          "/ready",
          "/server_info",
          "/stats?usedonly",
          "/stats/prometheus?usedonly",
          "/clusters?filter=^service$");

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Path folder;
  private final int port;
  private final int adminPort;
  private long done; // beside the load

  private Troubles(Path folder, FreshProxy proxy) {
    this.folder = folder;
    this.port = proxy.port();
    this.adminPort = proxy.adminPort();
  }

  public static void main(String[] args) throws Exception {
    int rounds = args.length == 0 ? 10 : Integer.parseInt(args[0]);
    var folder = Files.createTempDirectory("troubles");
    try (var service = new Service();
        var proxy = new FreshProxy(bootstrap(folder, service.port()))) {
      new Troubles(folder, proxy).measure(rounds);
    } finally {
      try (var files = Files.list(folder)) {
        for (var file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
    System.exit(0);
  }

  /// What happens during a window.
  private enum Trouble {
    DISK_FULL("the access log is on a full disk"),
    ROTATION("the access log is rotated ten times a second"),
    ADMIN("200 admin requests a second, 200 clusters"),
    SCRAPES("every statistic scraped ten times a second");

    private final String text;

    Trouble(String text) {
      this.text = text;
    }
  }

  private void measure(int rounds) throws ExecutionException, InterruptedException {
    for (int i = 0; i < WARM_UP_WINDOWS; i++) {
      var _ = quiet();
      for (var trouble : Trouble.values()) {
        var _ = troubled(trouble);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-46s %21s %21s %6s %s%n",
        "medians of " + rounds + " windows of " + WINDOW_NANOS / 1_000_000_000 + " s, in ms",
        "quiet p50 p99",
        "trouble p50 p99",
        "a sec.",
        "ratio of p99: median (quartiles)");
    for (var trouble : Trouble.values()) {
      measure(trouble, rounds);
    }
  }

  private void measure(Trouble trouble, int rounds)
      throws ExecutionException, InterruptedException {
    var ratios = new Sample();
    var quiet = new Medians();
    var troubled = new Medians();
    done = 0;
    for (int round = 0; round < rounds; round++) {
      var first = round % 2 == 0 ? quiet() : troubled(trouble);
      var second = round % 2 == 0 ? troubled(trouble) : quiet();
      var without = round % 2 == 0 ? first : second;
      var with = round % 2 == 0 ? second : first;
      quiet.add(without);
      troubled.add(with);
      ratios.add(with.quantile(0.99) / without.quantile(0.99));
    }
    System.out.printf(
        Locale.ROOT,
        "%-46s %21s %21s %6.0f %12.2f (%.2f-%.2f)%n",
        trouble.text,
        quiet.line(),
        troubled.line(),
        done / (rounds * (WINDOW_NANOS / 1e9)),
        ratios.median(),
        ratios.quantile(0.25),
        ratios.quantile(0.75));
  }

  private Sample quiet() throws ExecutionException, InterruptedException {
    return window("quiet", List.of());
  }

  private Sample troubled(Trouble trouble) throws ExecutionException, InterruptedException {
    return switch (trouble) {
      case DISK_FULL -> window("full", List.of());
      case ROTATION -> window("quiet", List.of(this::rotate));
      case ADMIN -> {
        var askers = new ArrayList<Callable<Sample>>();
        for (int i = 0; i < ADMIN_CONNECTIONS; i++) {
          askers.add(() -> ask(PAGES, ADMIN_NANOS));
        }
        yield window("quiet", askers);
      }
      case SCRAPES ->
          window("quiet", List.of(() -> ask(List.of("/stats/prometheus"), SCRAPE_NANOS)));
    };
  }

  /// The latencies in milliseconds of all connections.
  private Sample window(String what, List<Callable<Sample>> beside)
      throws ExecutionException, InterruptedException {
    var clients = new ArrayList<Future<Sample>>();
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(threads.submit(() -> load(what)));
    }
    var others = new ArrayList<Future<Sample>>();
    beside.forEach(each -> others.add(threads.submit(each)));
    var all = new Sample();
    for (var client : clients) {
      all.addAll(client.get());
    }
    for (var other : others) {
      done += other.get().size(); // fails if it could not be done
    }
    return all;
  }

  private Sample load(String what) {
    var latencies = new Sample();
    try (var client = new GuestClient(port)) {
      client.expect(what, 200);
      paced(
          REQUEST_NANOS,
          due -> {
            client.expect(what, 200);
            latencies.add((System.nanoTime() - due) / 1e6);
          });
    }
    return latencies;
  }

  /// One page after the other.
  private Sample ask(List<String> pages, long everyNanos) {
    var latencies = new Sample();
    try (var client = new GuestClient(adminPort)) {
      paced(
          everyNanos,
          due -> {
            var page = pages.get(latencies.size() % pages.size());
            expectOk(client.request("GET", page), page);
            latencies.add((System.nanoTime() - due) / 1e6);
          });
    }
    return latencies;
  }

  private Sample rotate() {
    var rotations = new Sample();
    try (var client = new GuestClient(adminPort)) {
      paced(
          ROTATION_NANOS,
          due -> {
            try {
              var log = folder.resolve("main.log");
              if (Files.exists(log)) { // not before the first record after the last time
                Files.move(log, folder.resolve("main.log.1"), StandardCopyOption.REPLACE_EXISTING);
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            expectOk(client.request("POST", "/reopen_logs"), "/reopen_logs");
            rotations.add((System.nanoTime() - due) / 1e6);
          });
    }
    return rotations;
  }

  private static void expectOk(int status, String page) {
    if (status != 200) {
      throw new IllegalStateException(page + " was answered " + status);
    }
  }

  /// Does something at equal distances until a window is over, late where it takes longer.
  private static void paced(long everyNanos, LongConsumer task) {
    long start = System.nanoTime();
    for (long due = start; System.nanoTime() - start < WINDOW_NANOS; due += everyNanos) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      task.accept(due);
    }
  }

  /// Two logs for each request, so that a full disk is the only difference.
  private static String bootstrap(Path folder, int servicePort) {
    var text =
        new StringBuilder(
            """
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
            static_resources:
              listeners:
              - name: main
                address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: bench
                      access_log:
                      - name: main
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                          path: "%1$s/main.log"
                      - name: quiet
                        filter: {header_filter: {header: {name: x-do, string_match: {exact: quiet}}}}
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                          path: "%1$s/quiet.log"
                      - name: full
                        filter: {header_filter: {header: {name: x-do, string_match: {exact: full}}}}
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                          path: /dev/full
                      route_config:
                        virtual_hosts:
                        - name: all
                          domains: ["*"]
                          routes: [{match: {prefix: "/"}, route: {cluster: service}}]
                      http_filters:
                      - name: envoy.filters.http.router
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
              clusters:
              - name: service
                type: STATIC
                load_assignment:
                  cluster_name: service
                  endpoints:
                  - lb_endpoints:
                    - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %2$d}}}
            """
                .formatted(folder, servicePort));
    for (int i = 0; i < CLUSTERS; i++) {
      text.append(
          "  - {name: idle-%1$d, type: STATIC, load_assignment: {cluster_name: idle-%1$d}}\n"
              .formatted(i));
    }
    return text.toString();
  }

  /// Of the windows of one kind.
  private static final class Medians {
    private final Sample halves = new Sample();
    private final Sample tails = new Sample();

    void add(Sample window) {
      halves.add(window.median());
      tails.add(window.quantile(0.99));
    }

    String line() {
      return String.format(Locale.ROOT, "%.2f %.2f", halves.median(), tails.median());
    }
  }
}
