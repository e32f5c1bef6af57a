package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A proxy whose static listener's module comes from a server, over a cluster of the same
/// bootstrap.
@Timeout(60)
class RemoteCodeIT {
  private static final byte[] WASM = padded(Wat.guest().wasm());

  @TempDir Path compiled;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final Queue<String> requests = new ConcurrentLinkedQueue<>();
  private HttpServer modules;

  /// What the server does with one request.
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  /// Longer than the buffer limit of a cluster: 2 MB in a custom section.
  private static byte[] padded(byte[] wasm) {
    int size = 2 << 20;
    var all = new ByteArrayOutputStream();
    all.writeBytes(wasm);
    all.write(0);
    for (int rest = size; rest > 0; rest >>>= 7) {
      all.write(rest > 127 ? (rest & 127) | 128 : rest);
    }
    var section = new byte[size];
    section[0] = 1;
    section[1] = 'x';
    all.writeBytes(section);
    return all.toByteArray();
  }

  @BeforeEach
  void serveModules() throws IOException {
    modules = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    modules.createContext(
        "/",
        exchange -> {
          requests.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Host")
                  + exchange.getRequestURI());
          var answer = answers.poll();
          if (answer != null) {
            answer.to(exchange);
          }
        });
    modules.start();
  }

  @AfterEach
  void stop() {
    modules.stop(0);
  }

  @Test
  void startsWithCodeThatIsThereAtTheSecondAttempt() throws Exception {
    answers.add(status(404));
    answers.add(body(WASM));

    try (var server = start("5s", 1, digest(WASM))) {
      assertThat(server.get("/").status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(requests)
          .containsExactly("GET code.example/dir/m.wasm?v=1", "GET code.example/dir/m.wasm?v=1");
      assertThat(server.stat("wasm.remote_load_fetch_successes")).isEqualTo(1);
      assertThat(server.stat("wasm.remote_load_cache_misses")).isEqualTo(1);
      assertThat(server.stat("wasm.remote_load_cache_entries")).isEqualTo(1);
    }
    try (var again = start("5s", 1, digest(WASM))) {
      assertThat(again.get("/").status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(requests).as("fetched once, then found on disk").hasSize(2);
      assertThat(again.stat("wasm.remote_load_cache_hits")).isEqualTo(1);
    }
  }

  @Test
  void doesNotWaitLongerForAnAnswerThanConfigured() throws Exception {
    answers.add(_ -> {});
    answers.add(body(WASM));

    try (var server = start("0.3s", 1, digest(WASM))) {
      assertThat(server.get("/").status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(requests).hasSize(2);
    }
  }

  @Test
  void doesNotStartWithOtherCodeThanWasAskedFor() {
    answers.add(body(WASM));

    assertThatThrownBy(() -> start("5s", 0, "00".repeat(32)))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("Unable to create Wasm plugin p: its code cannot be fetched from")
        .hasMessageContaining("SHA-256 is " + digest(WASM) + ", expected 00000000");
  }

  @Test
  void doesNotStartWithoutTheClusterOfItsCode() {
    var bootstrap = bootstrap("other", "0.1s", 0, digest(WASM));

    assertThatThrownBy(() -> start(bootstrap))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("(1 attempts): cluster 'code' is not defined");
  }

  private static Answer status(int status) {
    return exchange -> {
      exchange.sendResponseHeaders(status, -1);
      exchange.close();
    };
  }

  private static Answer body(byte[] bytes) {
    return exchange -> {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    };
  }

  private static String digest(byte[] wasm) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(wasm));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private TestServer start(String timeout, int retries, String sha256) {
    return start(bootstrap("code", timeout, retries, sha256));
  }

  private TestServer start(TestBootstrap bootstrap) {
    var usual = TestServer.options(new BootstrapSource(null, bootstrap.yaml()), 1);
    return TestServer.start(
        new ServerOptions(
            usual.bootstrap(),
            usual.concurrency(),
            usual.drain(),
            usual.fileFlushInterval(),
            usual.node(),
            compiled,
            ServerOptions.AdminOptions.DEFAULT));
  }

  private TestBootstrap bootstrap(String cluster, String timeout, int retries, String sha256) {
    return TestBootstrap.create()
        .cluster(cluster, modules.getAddress().getPort())
        .route("{ match: { prefix: / }, direct_response: { status: 200 } }")
        .filter(
            """
            - name: p
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
                config:
                  name: p
                  vm_config:
                    code:
                      remote:
                        http_uri: { uri: "http://code.example/dir/m.wasm?v=1", cluster: code, timeout: %s }
                        sha256: "%s"
                        retry_policy:
                          num_retries: %d
                          retry_back_off: { base_interval: 0.05s }
            """
                .formatted(timeout, sha256, retries));
  }
}
