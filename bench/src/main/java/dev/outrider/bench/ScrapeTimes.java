package dev.outrider.bench;

import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/// What a scrape costs a proxy with ten thousand clusters of ten endpoints: the least time of some
/// scrapes until its last byte, the CPU time of the main loop for it, and how long the main loop
/// lets a small page wait meanwhile, which is how long it lets anything wait. This process reads,
/// and throws away.
final class ScrapeTimes {
  private static final int CLUSTERS = 10_000;
  private static final int SCRAPES = 5;

  private final int port;

  private ScrapeTimes(int port) {
    this.port = port;
  }

  static void measure() throws IOException, InterruptedException {
    var load = new ConfigLoad(true, CLUSTERS);
    try (var plane = new BytePlane()) {
      var sending =
          Thread.startVirtualThread(
              () -> {
                try {
                  load.sendAll(plane);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      var server =
          ProxyRig.start(
              new BootstrapSource(
                  null,
                  "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}\n"
                      + load.bootstrap(plane.port())));
      sending.join();
      var address = server.adminAddress();
      if (address == null) {
        throw new IllegalStateException("the admin interface is not bound");
      }
      var times = new ScrapeTimes(address.port());
      for (var path : List.of("/stats", "/stats?format=json", "/stats/prometheus")) {
        times.scrape(path);
      }
      server.close();
    }
  }

  private void scrape(String path) throws IOException, InterruptedException {
    long wall = Long.MAX_VALUE;
    long cpu = Long.MAX_VALUE;
    long waited = Long.MAX_VALUE;
    long bytes = 0;
    for (int i = 0; i < SCRAPES; i++) {
      var over = new AtomicBoolean();
      long[] longest = {0};
      var other = Thread.ofPlatform().start(() -> longest[0] = longestWait(over));
      long cpuBefore = mainLoopNanos();
      long begin = System.nanoTime();
      bytes = read(path);
      wall = Math.min(wall, System.nanoTime() - begin);
      cpu = Math.min(cpu, mainLoopNanos() - cpuBefore);
      over.set(true);
      other.join();
      waited = Math.min(waited, longest[0]);
    }
    System.out.printf(
        Locale.ROOT,
        "%d clusters, %-20s %6.1f MB in %6.0f ms, CPU of the main loop %6.0f ms,"
            + " a small page waits %5.1f ms at most%n",
        CLUSTERS,
        path,
        bytes / 1e6,
        wall / 1e6,
        cpu / 1e6,
        waited / 1e6);
  }

  /// The proxy's thread of that name, not ours.
  private static long mainLoopNanos() {
    var threads = ManagementFactory.getThreadMXBean();
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("main") && !thread.equals(Thread.currentThread()))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.threadId()))
        .sum();
  }

  private long longestWait(AtomicBoolean over) {
    long longest = 0;
    try {
      while (!over.get()) {
        long begin = System.nanoTime();
        var _ = read("/memory");
        longest = Math.max(longest, System.nanoTime() - begin);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return longest;
  }

  /// A whole answer; how many bytes it has.
  private long read(String path) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return count(socket.getInputStream());
    }
  }

  private static long count(InputStream in) throws IOException {
    var buffer = new byte[1 << 16];
    long bytes = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      bytes += read;
    }
    return bytes;
  }
}
