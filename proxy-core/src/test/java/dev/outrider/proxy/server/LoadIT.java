package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.RawClient;
import dev.outrider.proxy.worker.ScriptedUpstream;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/// Real modules of all four languages in one chain, on two workers, while every buffer is tracked.
/// A leak fails the class. The length is `-Doutrider.load.seconds`.
class LoadIT {
  private static final Duration LENGTH =
      Duration.ofSeconds(Integer.getInteger("outrider.load.seconds", 5));
  private static final int CLIENTS = 16;
  private static final Path FILTERS = Path.of("..", "filters-examples");
  private static final String HEAD =
      "host: example.test\nx-api-key: shop-key\nuser-agent: load\nx-user: u%d\n";

  private final AtomicLong answered = new AtomicLong();
  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

  @Test
  void nothingLeaksAndNothingIsLost(TestReporter reporter) throws Exception {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    try (var upstream = new ScriptedUpstream();
        var server = TestServer.start(bootstrap(upstream))) {
      run(server);
      reporter.publishEntry("answered", answered + " requests in " + LENGTH.toSeconds() + " s");

      assertThat(wrong).isEmpty();
      assertThat(answered).hasValueGreaterThan(100);
      assertThat(server.stat("http.test.downstream_rq_2xx"))
          .isGreaterThanOrEqualTo(answered.get() / 2);
      assertThat(server.stat("http.test.downstream_rq_internal_error")).isZero();
    }
  }

  private static TestBootstrap bootstrap(ScriptedUpstream upstream) {
    return TestBootstrap.create()
        .wasm(
            "auth",
            module("auth"),
            "{\"api_keys\": {\"header\": \"x-api-key\", \"keys\": [{\"subject\": \"shop\", \"key\":"
                + " \"shop-key\"}]}}")
        .wasm(
            "rate-limit",
            module("rate-limit"),
            "{\"limits\": [{\"name\": \"all\", \"path_prefix\": \"/\", \"requests\": 1000000,"
                + " \"burst\": 1000000}]}")
        .wasm(
            "routing",
            module("routing"),
            "{\"rules\": [{\"target\": \"canary\", \"percent\": 20, \"by_header\": \"x-user\"}],"
                + " \"rewrites\": [{\"prefix\": \"/old/\", \"replacement\": \"/\"}]}")
        .wasm("headers", module("headers"), "")
        .service("/", "svc", upstream.port());
  }

  private static Path module(String name) {
    return FILTERS.resolve(name).resolve(name + ".wasm");
  }

  private void run(TestServer server) throws InterruptedException {
    long end = System.nanoTime() + LENGTH.toNanos();
    int port = server.port();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      int id = i;
      clients.add(Thread.ofVirtual().start(() -> serve(port, id, end)));
    }
    for (var client : clients) {
      client.join();
    }
  }

  /// Connections of 28 exchanges, and one more that is left in the middle.
  private void serve(int port, int id, long end) {
    try {
      while (System.nanoTime() < end) {
        try (var client = new RawClient(port)) {
          for (int i = 0; i < 4; i++) {
            exchanges(client, HEAD.formatted(id + i));
          }
          client.send(
              "POST /echo HTTP/1.1\n" + HEAD.formatted(id) + "content-length: 9999\n\npart");
        }
      }
    } catch (IOException | RuntimeException failed) {
      wrong.add(failed.toString());
    }
  }

  private void exchanges(RawClient client, String head) throws IOException {
    expect(client.send("GET /head HTTP/1.1\n" + head + "\n"), 200);
    var body = "b".repeat(20_000);
    expect(client.send("POST /echo HTTP/1.1\n" + head + "content-length: 20000\n\n" + body), 200);
    expect(
        client.send(
            "POST /old/echo HTTP/1.1\n" + head + "transfer-encoding: chunked\n\n3\nabc\n0\n\n"),
        200);
    expect(client.send("GET /chunked HTTP/1.1\n" + head + "\n"), 200);
    expect(client.send("GET /close HTTP/1.1\n" + head + "\n"), 503);
    expect(client.send("GET /bytes/70000 HTTP/1.1\n" + head + "\n"), 200);
    expect(client.send("GET /head HTTP/1.1\nhost: example.test\n\n"), 401);
  }

  private void expect(RawClient client, int status) throws IOException {
    var response = client.read();
    if (response.code() != status) {
      wrong.add(response.status() + " instead of " + status + " " + response.body());
    }
    answered.incrementAndGet();
  }
}
