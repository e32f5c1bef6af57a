package dev.outrider.bench;

import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/// How long a whole proxy takes from a response to its ACK: many clusters with ten endpoints each,
/// a listener with a route to each cluster, then one endpoint that changes, then one cluster more.
/// Cold is a process of its own, started as an operator does it, with and without its start-up
/// cache in turn, the median of some; its CPU time is the proxy's alone. Warm is in this process,
/// and CPU time includes the sending side, which only writes bytes that were made before. Of the
/// changes the least time and the mean CPU time.
final class ConfigSpeed {
  private static final int CHANGES = 50;
  private static final int COLD_RUNS = 5;

  /// By then the compilers have done most of what they will.
  private static final int WARM_UP = 20;

  private static final int WARM_RUNS = 5;

  private ConfigSpeed() {}

  /// Takes the parts to measure, `load`, `updates` and `scrape`; none = all.
  public static void main(String[] args) throws IOException, InterruptedException {
    var parts = args.length == 0 ? List.of("load", "updates", "scrape") : List.of(args);
    if (parts.contains("load")) {
      load();
    }
    if (parts.contains("updates")) {
      UpdateTimes.measure();
    }
    if (parts.contains("scrape")) {
      ScrapeTimes.measure();
    }
    System.exit(0);
  }

  private static void load() throws IOException, InterruptedException {
    cold();
    var quiet = new ArrayList<Spent>();
    for (int i = 0; i < WARM_UP; i++) {
      loaded(new ConfigLoad(i % 2 == 0, 1_000), quiet);
    }
    for (var delta : List.of(true, false)) {
      var warm = new ArrayList<Spent>();
      for (int i = 0; i < WARM_RUNS; i++) {
        loaded(new ConfigLoad(delta, 1_000), warm);
      }
      say(new ConfigLoad(delta, 1_000), "warm", "loaded", median(warm));
    }
    changed(new ConfigLoad(true, 1_000));
    changed(new ConfigLoad(false, 1_000));
    changed(new ConfigLoad(true, 10_000));
  }

  private static void cold() throws IOException, InterruptedException {
    var with = new ArrayList<Spent>();
    var without = new ArrayList<Spent>();
    ShippedProxy.prepare();
    shipped(true, new ArrayList<>()); // warms the sending side
    for (int i = 0; i < COLD_RUNS; i++) {
      shipped(true, with);
      shipped(false, without);
    }
    say(new ConfigLoad(true, 1_000), "cold, with its cache", "loaded", median(with));
    say(new ConfigLoad(true, 1_000), "cold, without", "loaded", median(without));
  }

  private static void shipped(boolean cached, List<Spent> spent)
      throws IOException, InterruptedException {
    var load = new ConfigLoad(true, 1_000);
    try (var plane = new BytePlane();
        var proxy = new ShippedProxy(load.bootstrap(plane.port()), cached)) {
      spent.add(load(load, plane, proxy::cpuNanos));
    }
  }

  /// A proxy in this process that takes all of it.
  private static void loaded(ConfigLoad load, List<Spent> spent)
      throws IOException, InterruptedException {
    try (var plane = new BytePlane()) {
      start(load, plane, spent).close();
    }
  }

  private static dev.outrider.proxy.server.Server start(
      ConfigLoad load, BytePlane plane, List<Spent> spent) throws InterruptedException {
    var loading =
        Thread.startVirtualThread(
            () -> {
              try {
                spent.add(load(load, plane, ConfigSpeed::cpu));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    var server = ProxyRig.start(new BootstrapSource(null, load.bootstrap(plane.port())));
    loading.join();
    return server;
  }

  /// What a proxy holds, and what changes cost it.
  private static void changed(ConfigLoad load) throws IOException, InterruptedException {
    try (var plane = new BytePlane()) {
      var loading = new ArrayList<Spent>();
      var before = Held.here();
      var server = start(load, plane, loading);
      say(load, "warm", "loaded, once", loading.getFirst());
      System.out.printf(
          Locale.ROOT,
          "%74s %8.1f KB of heap per cluster with its route%n",
          "",
          (Held.here().bytes() - before.bytes()) / 1024.0 / load.clusters());
      say(
          load,
          "warm",
          "one endpoint changed",
          least(load, plane, ResourceKind.ENDPOINTS, load::changedEndpoints));
      if (load.delta()) {
        say(
            load,
            "warm",
            "one cluster added",
            least(load, plane, ResourceKind.CLUSTER, load::addedCluster));
      }
      server.close();
    }
  }

  private static void say(ConfigLoad load, String how, String what, Spent spent) {
    System.out.printf(
        Locale.ROOT,
        "%-6s %6d clusters, %-20s %-22s %8.2f ms, CPU %8.2f ms%n",
        load.delta() ? "delta" : "sotw",
        load.clusters(),
        how,
        what,
        spent.wallNanos / 1e6,
        spent.cpuNanos / 1e6);
  }

  /// What something took.
  private record Spent(long wallNanos, long cpuNanos) {}

  private static Spent median(List<Spent> all) {
    return all.stream()
        .sorted(Comparator.comparingLong(Spent::wallNanos))
        .toList()
        .get(all.size() / 2);
  }

  /// Until clusters, endpoints, the listener and its routes are acknowledged.
  private static Spent load(ConfigLoad load, BytePlane plane, LongSupplier cpuClock)
      throws InterruptedException {
    var parts = List.of(load.allClusters(), load.allEndpoints(), load.listener(), load.routes());
    load.await(plane, ResourceKind.CLUSTER, false);
    long wall = System.nanoTime();
    long cpu = cpuClock.getAsLong();
    load.send(plane, parts);
    return new Spent(System.nanoTime() - wall, cpuClock.getAsLong() - cpu);
  }

  private static Spent least(
      ConfigLoad load, BytePlane plane, ResourceKind kind, IntFunction<byte[]> responses)
      throws InterruptedException {
    long wall = Long.MAX_VALUE;
    long cpu = 0;
    for (int i = 0; i < CHANGES; i++) {
      var response = responses.apply(i);
      long wallBefore = System.nanoTime();
      long cpuBefore = cpu();
      plane.send(response);
      load.await(plane, kind, true);
      wall = Math.min(wall, System.nanoTime() - wallBefore);
      cpu += cpu() - cpuBefore; // which is told in ticks: the mean is what can be known
    }
    return new Spent(wall, cpu / CHANGES);
  }

  private static long cpu() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }
}
