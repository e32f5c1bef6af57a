package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.ScriptedUpstream;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.TestServiceImpl;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/// HTTP/1.1, HTTP/2, gRPC and tunnels at the same time on two workers, clients that go away in the
/// middle, and every buffer tracked: nothing may be lost, and nothing may be left. The length is
/// `-Doutrider.soak.seconds`.
class SoakIT {
  private static final Duration LENGTH =
      Duration.ofSeconds(Integer.getInteger("outrider.soak.seconds", 6));
  private static final int CLIENTS_OF_EACH_KIND = 4;
  private static final long HEAP_GROWTH = 24 << 20;
  private static final int DESCRIPTOR_GROWTH = 16;
  private static final List<String> GAUGES =
      List.of(
          "http.test.downstream_rq_active",
          "http.test.downstream_cx_active",
          "cluster.svc.upstream_rq_active",
          "cluster.grpc.upstream_rq_active");

  private final SoakLog log = new SoakLog();

  @Test
  void nothingIsLostAndNothingIsLeft(TestReporter reporter) throws Exception {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    var executor = Executors.newSingleThreadScheduledExecutor();
    var grpc = grpcService(executor);
    try (var upstream = new ScriptedUpstream();
        var server = TestServer.start(bootstrap(upstream, grpc))) {
      load(server, LENGTH.dividedBy(3));
      var before = measure(server);
      load(server, LENGTH.minus(LENGTH.dividedBy(3)));
      var after = measure(server);
      reporter.publishEntry("soak", log + "; before " + before + ", after " + after);

      assertThat(log.wrong()).isEmpty();
      assertThat(log.leastUsed()).as("%s", log).isGreaterThan(2);
      assertThat(after.heap()).as("heap").isLessThan(before.heap() + HEAP_GROWTH);
      assertThat(after.descriptors())
          .as("descriptors")
          .isLessThan(before.descriptors() + DESCRIPTOR_GROWTH);
      assertThat(server.stat("http.test.downstream_rq_internal_error")).isZero();
    } finally {
      grpc.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      executor.shutdownNow();
    }
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

  private record Footprint(long heap, long descriptors) {}

  /// When everything has come to its end.
  private static Footprint measure(TestServer server) throws IOException {
    for (var gauge : GAUGES) {
      var deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (server.stat(gauge) != 0 && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(server.stat(gauge)).as(gauge).isZero();
    }
    for (var times = 0; times < 3; times++) {
      System.gc();
    }
    var runtime = Runtime.getRuntime();
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return new Footprint(runtime.totalMemory() - runtime.freeMemory(), files.count());
    }
  }
}
