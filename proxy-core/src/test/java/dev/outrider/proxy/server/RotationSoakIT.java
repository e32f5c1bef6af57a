package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.tls.TlsContext;
import dev.outrider.proxy.worker.TlsClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/// Certificates and trust rotate by file, on both sides, under connections that stay and
/// connections that come and go: no request is lost, nothing is left. The length is
/// `-Doutrider.rotation.seconds`, the pause between rotations `-Doutrider.rotation.millis`.
class RotationSoakIT {
  private static final int SECONDS = Integer.getInteger("outrider.rotation.seconds", 20);
  private static final int PAUSE_MILLIS = Integer.getInteger("outrider.rotation.millis", 1_000);

  /// Those of a listener and of a cluster, and of the version before them while it goes.
  private static final long MOST_CONTEXTS = 12;

  private static final int FEW = 8;

  @TempDir Path folder;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong kept = new AtomicLong();
  private final AtomicLong fresh = new AtomicLong();
  private final Queue<String> lost = new ConcurrentLinkedQueue<>();
  private TestServer behind;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    var authority = new TestCertificates(folder);
    for (var name : List.of("one", "two")) {
      authority.signed(name, "ec", "/CN=" + name, "DNS:a.test");
    }
    rotate(0);
    var trust = source("trust");
    behind = TestServer.start(bootstrap("").yaml(), 1);
    server =
        TestServer.start(
            bootstrap(trust)
                .upstream(
                    "sni: a.test, common_tls_context: {tls_certificate_sds_secret_configs: [%s],"
                            .formatted(source("own"))
                        + " validation_context_sds_secret_config: "
                        + trust
                        + "}",
                    behind.port())
                .yaml(),
            2);
  }

  @AfterEach
  void stop() {
    over.set(true);
    server.close();
    behind.close();
  }

  private SecretBootstrap bootstrap(String trust) {
    return SecretBootstrap.create()
        .downstream(
            "common_tls_context: {tls_certificate_sds_secret_configs: [%s]%s}"
                .formatted(
                    source("own"),
                    trust.isEmpty() ? "" : ", validation_context_sds_secret_config: " + trust));
  }

  private String source(String name) {
    return "{name: %s, sds_config: {path_config_source: {path: \"%s\"}}}"
        .formatted(name, folder.resolve(name + ".yaml"));
  }

  private void rotate(int turn) throws IOException {
    var name = turn % 2 == 0 ? "one" : "two";
    move(
        "own",
        "tls_certificate: {certificate_chain: {inline_string: \"%s\"}, private_key: {inline_string: \"%s\"}}"
            .formatted(pem(name + ".pem"), pem(name + ".key")));
    move(
        "trust",
        "validation_context: {trusted_ca: {inline_string: \"%s\"}, max_verify_depth: %d}"
            .formatted(pem("ca.pem"), 4 + turn % 2));
  }

  private String pem(String name) throws IOException {
    return Files.readString(folder.resolve(name)).replace("\n", "\\n");
  }

  private void move(String name, String content) throws IOException {
    var next = folder.resolve(name + ".next");
    Files.writeString(
        next,
        """
        resources:
        - "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
          name: %s
          %s
        """
            .formatted(name, content));
    Files.move(next, folder.resolve(name + ".yaml"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void losesNoRequestAndLeavesNothing(TestReporter reporter) throws Exception {
    var clients = new ArrayList<Thread>();
    for (var i = 0; i < 2; i++) {
      clients.add(Thread.ofPlatform().start(this::keepOne));
      clients.add(Thread.ofPlatform().start(this::comeAndGo));
    }
    rotations(1, 3);
    var descriptors = descriptors();
    var memory = residentKilobytes();

    var end = System.nanoTime() + SECONDS * 1_000_000_000L;
    var turns = 4;
    for (; System.nanoTime() < end; turns++) {
      rotations(turns, 1);
    }
    over.set(true);
    for (var client : clients) {
      client.join();
    }

    var left = descriptors();
    var grown = residentKilobytes() - memory;
    var figures =
        "%d rotations, %d requests on kept connections, %d on new ones; descriptors %d -> %d; resident %+d KiB"
            .formatted(turns, kept.get(), fresh.get(), descriptors, left, grown);
    reporter.publishEntry("rotation", figures);
    assertThat(lost).isEmpty();
    assertThat(kept.get()).isPositive();
    assertThat(fresh.get()).isPositive();
    assertThat(left).as(figures).isLessThanOrEqualTo(descriptors + FEW);
    assertThat(server.stat("sds.own.update_rejected")).isZero();
    assertThat(server.stat("listener.main.server_ssl_socket_factory.ssl_context_update_by_sds"))
        .isGreaterThanOrEqualTo(turns);
    assertThat(LiveObjects.counted().instances().getOrDefault(TlsContext.class.getName(), 0L))
        .as("contexts, of two servers")
        .isLessThanOrEqualTo(MOST_CONTEXTS);
  }

  private void rotations(int first, int count) throws Exception {
    for (var i = 0; i < count; i++) {
      Thread.sleep(PAUSE_MILLIS);
      rotate(first + i);
    }
  }

  private void keepOne() {
    try (var socket = connect()) {
      while (!over.get()) {
        exchange(socket, "/service");
        kept.incrementAndGet();
        Thread.sleep(5);
      }
    } catch (IOException | InterruptedException e) {
      lost.add("on a kept connection: " + e);
    } catch (Exception e) {
      lost.add(e.toString());
    }
  }

  private void comeAndGo() {
    while (!over.get()) {
      try (var socket = connect()) {
        exchange(socket, "/");
        exchange(socket, "/service");
        fresh.incrementAndGet();
        Thread.sleep(10);
      } catch (Exception e) {
        lost.add("on a new connection: " + e);
      }
    }
  }

  private SSLSocket connect() throws Exception {
    return new TlsClient(server.port(), null).sni("a.test").connect();
  }

  private static void exchange(SSLSocket socket, String path) throws IOException {
    socket
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nhost: a.test\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
    var in = socket.getInputStream();
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var next = in.read();
      if (next < 0) {
        throw new IOException("ended behind '" + head + "'");
      }
      head.append((char) next);
    }
    if (!head.toString().startsWith("HTTP/1.1 200")) {
      throw new IOException(head.toString());
    }
    if (!new String(in.readNBytes(2), StandardCharsets.ISO_8859_1).equals("ok")) {
      throw new IOException("another body");
    }
  }

  private static long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  private static long residentKilobytes() throws IOException {
    try (var in =
        new BufferedReader(
            new InputStreamReader(
                Files.newInputStream(Path.of("/proc/self/status")), StandardCharsets.UTF_8))) {
      return in.lines()
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
