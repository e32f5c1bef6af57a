package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.outrider.proxy.worker.ScriptedUpstream;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `slowhttptest` holds connections open by saying or taking next to nothing on each: every one of
/// them must come to its time limit, and whoever else comes is served all the while. Without the
/// tool (Debian's `slowhttptest`) skipped.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SlowClientsIT {
  private static final Path TOOL = Path.of("/usr/bin/slowhttptest");
  private static final String ALL_CLOSED = "No open connections left";
  private static final int CONNECTIONS = 100;

  /// What the proxy may keep for a client that does not read: the buffer limit (1 MiB), where the
  /// service is stopped, and what was on its way by then. Measured are 1.10 MiB for each that is
  /// open, of bodies of 20 MB.
  private static final long MOST_BYTES_PER_CLIENT = 5L << 18;

  /// Pools count whole chunks, of 4 MiB for each thread that has one; measured are 8 to 13 MB while
  /// nobody is slow to read.
  private static final long POOLED_BYTES_FOR_NOBODY = 16L << 20;

  private final ScriptedUpstream upstream = new ScriptedUpstream();
  private TestServer server;

  @BeforeEach
  void start() {
    assumeTrue(Files.isExecutable(TOOL), TOOL + " is not installed; .ci/prepare does it");
    server =
        TestServer.start(
            TestBootstrap.create()
                .option("request_headers_timeout: 1s")
                .option("request_timeout: 1s")
                .option("stream_idle_timeout: 10s")
                .option("delayed_close_timeout: 0.2s")
                .route("{ match: { prefix: /bytes }, route: { cluster: svc, timeout: 1s } }")
                .service("/", "svc", upstream.port()));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
    if (server != null) {
      server.close();
    }
  }

  @Test
  void slowHeadsComeToTheirTimeLimit() throws Exception {
    var said = attack("/head", "-H", "-i", "1", "-l", "20");

    assertThat(said).contains(ALL_CLOSED);
    assertThat(server.stat("http.test.downstream_rq_header_timeout")).isEqualTo(CONNECTIONS);
  }

  @Test
  void slowBodiesComeToTheirTimeLimit() throws Exception {
    var said = attack("/echo", "-B", "-i", "1", "-s", "8192", "-l", "20");

    assertThat(said).contains(ALL_CLOSED);
    assertThat(server.stat("http.test.downstream_rq_timeout")).isEqualTo(CONNECTIONS);
  }

  /// The tool reads so slowly that it does not come to the end by itself.
  @Test
  void slowReadersComeToTheTimeLimitOfTheirRoute() throws Exception {
    var path = "/bytes/20000000";
    var _ = attack(path, "-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "32", "-l", "4");

    // those that the tool has opened late end with it
    assertThat(server.stat("cluster.svc.upstream_rq_timeout")).isGreaterThan(CONNECTIONS / 2);
  }

  /// Returns what the tool says when all its connections are closed, or its time (`-l`) is over.
  private String attack(String path, String... options) throws Exception {
    var command = new ArrayList<>(List.of(TOOL.toString(), "-v", "1"));
    command.addAll(List.of("-c", "" + CONNECTIONS, "-r", "" + CONNECTIONS));
    command.addAll(List.of("-u", "http://127.0.0.1:" + server.port() + path));
    command.addAll(List.of(options));
    var output = Files.createTempFile("slowhttptest", ".txt");
    var tool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    var pooled = 0L;
    var open = 0L;
    var served = 0;
    try {
      do {
        assertThat(server.get("/head").code()).isEqualTo(200);
        served++;
        open = Math.max(open, server.stat("http.test.downstream_cx_active"));
        pooled = Math.max(pooled, PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory());
      } while (!tool.waitFor(20, TimeUnit.MILLISECONDS));
    } finally {
      tool.destroy();
    }
    var said = Files.readString(output, StandardCharsets.ISO_8859_1);
    Files.delete(output);

    assertThat(served).as("others served meanwhile").isGreaterThan(5);
    assertThat(pooled)
        .as("bytes in pools, with %s connections", open)
        .isLessThan(POOLED_BYTES_FOR_NOBODY + open * MOST_BYTES_PER_CLIENT);
    awaitNone("http.test.downstream_cx_active");
    awaitNone("cluster.svc.upstream_rq_active");
    return said;
  }

  private void awaitNone(String gauge) throws IOException {
    var deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (server.stat(gauge) != 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(server.stat(gauge)).as(gauge).isZero();
  }
}
