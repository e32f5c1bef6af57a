package dev.outrider.bench;

import dev.outrider.bench.wire.Http1Client;
import dev.outrider.bench.wire.Service;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/// What callers notice of a control plane that changes something a hundred times a second: a proxy
/// as shipped with 1,000 clusters, callers at an even pace, and windows that take turns, with
/// changes and without. Whatever else the machine does meets both: what counts is the ratio of each
/// pair. Nine changes of ten are of the endpoints of some cluster, that of the callers among them;
/// the tenth is a cluster that is added.
final class UpdateTimes {
  private static final int CLUSTERS = 1_000;
  private static final int CALLERS = 4;
  private static final long PACE_NANOS = 2_000_000;
  private static final long UPDATE_NANOS = 10_000_000;
  private static final int PAIRS = 20;
  private static final int WARM_UP_PAIRS = 4;
  private static final long WINDOW_NANOS = 2_000_000_000;
  private static final int MOST_CALLS = 100_000;

  private final BytePlane plane;
  private final ConfigLoad load;
  private final ShippedProxy proxy;
  private final int listenerPort;
  private final int servicePort;
  private int turn;

  private UpdateTimes(
      BytePlane plane, ConfigLoad load, ShippedProxy proxy, int listenerPort, int servicePort) {
    this.plane = plane;
    this.load = load;
    this.proxy = proxy;
    this.listenerPort = listenerPort;
    this.servicePort = servicePort;
  }

  /// What the callers of one window saw, in microseconds.
  private record Window(double median, double p99, int calls) {}

  static void measure() throws IOException, InterruptedException {
    ShippedProxy.prepare();
    int listenerPort = freePort();
    var load = new ConfigLoad(true, CLUSTERS, listenerPort);
    try (var service = new Service();
        var plane = new BytePlane();
        var proxy = new ShippedProxy(load.bootstrap(plane.port()), true)) {
      var _ = load.served(service.port());
      load.sendAll(plane);
      new UpdateTimes(plane, load, proxy, listenerPort, service.port()).run();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void run() throws InterruptedException {
    var quiet = new ArrayList<Window>();
    var busy = new ArrayList<Window>();
    for (int i = -WARM_UP_PAIRS; i < PAIRS; i++) {
      boolean first = i % 2 == 0; // so that neither is always the later one
      var one = window(first);
      var other = window(!first);
      if (i >= 0) {
        busy.add(first ? one : other);
        quiet.add(first ? other : one);
      }
    }
    report(quiet, busy);
    cost();
  }

  private static void report(List<Window> quiet, List<Window> busy) {
    var medians = new double[quiet.size()];
    var tails = new double[quiet.size()];
    for (int i = 0; i < medians.length; i++) {
      medians[i] = busy.get(i).median / quiet.get(i).median;
      tails[i] = busy.get(i).p99 / quiet.get(i).p99;
    }
    System.out.printf(
        Locale.ROOT,
        "without changes p50 %.0f us, p99 %.0f us; with 100 a second p50 %.0f us, p99 %.0f us%n"
            + "ratio of each pair, median (quartiles) of %d: p50 %s, p99 %s%n",
        middle(quiet.stream().mapToDouble(Window::median).toArray(), 0.5),
        middle(quiet.stream().mapToDouble(Window::p99).toArray(), 0.5),
        middle(busy.stream().mapToDouble(Window::median).toArray(), 0.5),
        middle(busy.stream().mapToDouble(Window::p99).toArray(), 0.5),
        medians.length,
        spread(medians),
        spread(tails));
  }

  private static String spread(double[] ratios) {
    return String.format(
        Locale.ROOT,
        "%.2f (%.2f-%.2f)",
        middle(ratios, 0.5),
        middle(ratios, 0.25),
        middle(ratios, 0.75));
  }

  private static double middle(double[] values, double at) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) (at * (sorted.length - 1))];
  }

  private Window window(boolean updates) throws InterruptedException {
    var over = new AtomicBoolean();
    var calls = new ArrayList<Calls>();
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < CALLERS; i++) {
      var caller = new Calls(over);
      calls.add(caller);
      threads.add(Thread.ofPlatform().start(() -> caller.run(listenerPort)));
    }
    long end = System.nanoTime() + WINDOW_NANOS;
    if (updates) {
      update(end);
    }
    LockSupport.parkNanos(end - System.nanoTime());
    over.set(true);
    for (var thread : threads) {
      thread.join();
    }
    var all = calls.stream().flatMapToLong(each -> Arrays.stream(each.nanos, 0, each.count));
    var sorted = all.sorted().toArray();
    return new Window(
        sorted[sorted.length / 2] / 1e3, sorted[sorted.length * 99 / 100] / 1e3, sorted.length);
  }

  /// One request after the other on a connection, at an even pace: one that is late is followed at
  /// once by those that it has held up, and they are measured from when they were due.
  private static final class Calls {
    private final AtomicBoolean over;
    private final long[] nanos = new long[MOST_CALLS];
    private int count;

    Calls(AtomicBoolean over) {
      this.over = over;
    }

    void run(int port) {
      try (var client = new Http1Client(port, 1, Example.headerFor(null))) {
        long due = System.nanoTime();
        while (!over.get()) {
          LockSupport.parkNanos(due - System.nanoTime());
          long begin = Math.max(due, System.nanoTime() - PACE_NANOS);
          client.runOne();
          nanos[count++] = System.nanoTime() - begin;
          due += PACE_NANOS;
        }
      }
    }
  }

  private int update(long end) throws InterruptedException {
    int updates = 0;
    long due = System.nanoTime();
    while (due < end) {
      LockSupport.parkNanos(due - System.nanoTime());
      updateOnce();
      due += UPDATE_NANOS;
      updates++;
    }
    return updates;
  }

  private void updateOnce() throws InterruptedException {
    turn++;
    if (turn % 10 == 0) {
      plane.send(load.addedCluster(turn / 10 % 100));
      load.await(plane, ResourceKind.CLUSTER, true);
    } else if (turn % 10 == 5) {
      // The callers' own: another set, the same service.
      plane.send(load.served(servicePort));
      load.await(plane, ResourceKind.ENDPOINTS, true);
    } else {
      plane.send(load.changedEndpoints("c" + (1 + turn % (CLUSTERS - 1)), turn));
      load.await(plane, ResourceKind.ENDPOINTS, true);
    }
  }

  /// What can be counted: CPU time while nobody calls.
  private void cost() throws InterruptedException {
    long workers = proxy.cpuNanos("worker-");
    long main = proxy.cpuNanos("main");
    long compilers = proxy.cpuNanos("C1") + proxy.cpuNanos("C2");
    long all = proxy.cpuNanos();
    int updates = update(System.nanoTime() + 2 * WINDOW_NANOS);
    System.out.printf(
        Locale.ROOT,
        "a change costs each of two workers %.0f us of CPU, the main loop %.0f, the process %.0f,"
            + " %.0f of it compilers; of %d, nobody calls%n",
        (proxy.cpuNanos("worker-") - workers) / 2e3 / updates,
        (proxy.cpuNanos("main") - main) / 1e3 / updates,
        (proxy.cpuNanos() - all) / 1e3 / updates,
        (proxy.cpuNanos("C1") + proxy.cpuNanos("C2") - compilers) / 1e3 / updates,
        updates);
  }
}
