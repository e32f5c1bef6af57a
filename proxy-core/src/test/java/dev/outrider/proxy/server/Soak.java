package dev.outrider.proxy.server;

import dev.outrider.proxy.server.Growth.Footprint;
import dev.outrider.proxy.worker.ScriptedUpstream;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.TestServiceImpl;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/// HTTP/1.1, HTTP/2, gRPC and tunnels at the same time on two workers, clients that go away in the
/// middle, for so many seconds; what it finds is an [AssertionError]. The load comes in windows:
/// after each of them everything ends, and what is left is counted. Public, since it is also run in
/// a class loader of its own.
public final class Soak implements LongConsumer {
  private static final int CLIENTS_OF_EACH_KIND = 4;

  /// The first two warm up: classes, compiled code, free lists.
  private static final int WINDOWS = 6;

  private static final int WARM_UP = 2;
  private static final List<String> GAUGES =
      List.of(
          "http.test.downstream_rq_active",
          "http.test.downstream_cx_active",
          "cluster.svc.upstream_rq_active",
          "cluster.grpc.upstream_rq_active");

  private final SoakLog log = new SoakLog();
  private final List<Footprint> footprints = new ArrayList<>();

  @Override
  public void accept(long seconds) {
    var executor = Executors.newSingleThreadScheduledExecutor();
    try {
      var grpc = grpcService(executor);
      try (var upstream = new ScriptedUpstream();
          var server = TestServer.start(bootstrap(upstream, grpc))) {
        var problems = run(server, Duration.ofSeconds(seconds).dividedBy(WINDOWS));
        if (!problems.isEmpty()) {
          throw new AssertionError(problems + " in " + this);
        }
      } finally {
        grpc.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    } finally {
      executor.shutdownNow();
    }
  }

  private List<String> run(TestServer server, Duration window)
      throws IOException, InterruptedException {
    for (var i = 1; i <= WINDOWS; i++) {
      load(server, window);
      awaitEnds(server);
      if (i >= WARM_UP) {
        footprints.add(footprint());
      }
    }
    var problems = new ArrayList<>(log.wrong());
    problems.addAll(Growth.leaks(footprints));
    if (log.leastUsed() < 3) {
      problems.add("hardly anything of one kind was done");
    }
    var bugs = server.stat("http.test.downstream_rq_internal_error");
    if (bugs > 0) {
      problems.add(bugs + " internal errors");
    }
    return problems;
  }

  private static Server grpcService(ScheduledExecutorService executor) throws IOException {
    return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .addService(new TestServiceImpl(executor))
        .build()
        .start();
  }

  private static TestBootstrap bootstrap(ScriptedUpstream upstream, Server grpc) {
    return TestBootstrap.create()
        .option("upgrade_configs: [{ upgrade_type: websocket }]")
        .route("{ match: { prefix: /grpc.testing }, route: { cluster: grpc, timeout: 0s } }")
        .http2Cluster("grpc", grpc.getPort())
        .service("/", "svc", upstream.port());
  }

  private void load(TestServer server, Duration length) throws InterruptedException {
    var end = System.nanoTime() + length.toNanos();
    var clients = new ArrayList<Thread>();
    for (var i = 0; i < CLIENTS_OF_EACH_KIND; i++) {
      clients.add(start(new SoakHttp1(server.port(), new Random(i), log), end));
      clients.add(start(new SoakGrpc(server.port(), new Random(i), log), end));
      clients.add(start(new SoakHttp2(server.port(), new Random(i), log), end));
      clients.add(start(new SoakTunnel(server.port(), new Random(i), log), end));
    }
    for (var client : clients) {
      client.join();
    }
  }

  private static Thread start(SoakClient client, long end) {
    return Thread.ofVirtual().start(() -> client.run(end));
  }

  private static void awaitEnds(TestServer server) throws IOException {
    for (var gauge : GAUGES) {
      var deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (server.stat(gauge) != 0) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError(gauge + " stays at " + server.stat(gauge));
        }
        Thread.onSpinWait();
      }
    }
  }

  private Footprint footprint() throws IOException {
    var buffers = PooledByteBufAllocator.DEFAULT.metric();
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return new Footprint(
          LiveObjects.counted(),
          buffers.usedDirectMemory() + buffers.usedHeapMemory(),
          descriptors.count(),
          log.total());
    }
  }

  @Override
  public String toString() {
    return log + "; after each window: " + footprints;
  }
}
