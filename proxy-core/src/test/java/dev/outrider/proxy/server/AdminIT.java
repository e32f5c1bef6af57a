package dev.outrider.proxy.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The admin interface of a whole proxy.
class AdminIT {
  private static final String ROUTES =
      TestBootstrap.create()
          .route("{ match: { prefix: / }, direct_response: { status: 204 } }")
          .yaml();

  @TempDir Path folder;

  @Test
  void setsCountersOfEveryWorkerToZero() throws Exception {
    try (var proxy = TestServer.start(ROUTES, 3)) {
      for (int i = 0; i < 12; i++) {
        assertThat(proxy.get("/").status()).isEqualTo("HTTP/1.1 204 No Content");
      }
      assertThat(proxy.stat("http.test.downstream_rq_total")).isEqualTo(12);
      assertThat(proxy.stat("http.test.downstream_rq_2xx")).isEqualTo(12);

      assertThat(proxy.order("/reset_counters").body()).isEqualTo("OK\n");

      assertThat(proxy.stat("http.test.downstream_rq_total")).isZero();
      assertThat(proxy.stat("http.test.downstream_rq_2xx")).isZero();
      assertThat(proxy.stat("server.concurrency")).as("a gauge").isEqualTo(3);
      assertThat(proxy.get("/").status()).isEqualTo("HTTP/1.1 204 No Content");
      assertThat(proxy.stat("http.test.downstream_rq_2xx")).isEqualTo(1);
    }
  }

  @Test
  void changesLevelsOfTheLogsThatAreWritten() throws Exception {
    try (var proxy = TestServer.start(ROUTES, 1)) {
      var before = Loggers.level("upstream");

      var answer = proxy.order("/logging?paths=upstream:error");

      assertThat(answer.body()).contains("  upstream: error\n");
      assertThat(Loggers.level("upstream")).isEqualTo("error");
      proxy.order("/logging?upstream=" + before);
    }
  }

  @Test
  void masksTheDump() throws Exception {
    try (var proxy = TestServer.start(ROUTES, 1)) {
      var dump = proxy.admin("/config_dump?resource=static_listeners&mask=listener.name").body();

      var listener =
          JsonParser.parseString(dump)
              .getAsJsonObject()
              .getAsJsonArray("configs")
              .get(0)
              .getAsJsonObject()
              .getAsJsonObject("listener");
      assertThat(listener.keySet()).containsExactlyInAnyOrder("@type", "name");
      assertThat(proxy.admin("/config_dump?mask=bootstrap.admin").body())
          .contains("\"admin\"")
          .doesNotContain("static_resources");
      assertThat(proxy.admin("/config_dump?mask=nosuch").status()).contains(" 400 ");
      assertThat(proxy.admin("/config_dump?resource=bootstrap").body())
          .isEqualTo(
              "bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field\n");
    }
  }

  @Test
  void recordsAProfileAndDumpsTheHeap() throws Exception {
    var profile = folder.resolve("cpu.prof");
    var yaml = ROUTES.replace("admin: {", "admin: { profile_path: " + profile + ",");
    try (var proxy = TestServer.start(yaml, 1)) {
      assertThat(proxy.order("/cpuprofiler?enable=y").body()).isEqualTo("OK\n");
      assertThat(proxy.order("/heapprofiler?enable=y").body()).isEqualTo("OK\n");
      assertThat(proxy.order("/cpuprofiler?enable=n").body()).isEqualTo("OK\n");
      assertThat(proxy.order("/heapprofiler?enable=n").body()).isEqualTo("OK\n");

      assertThat(new String(Files.readAllBytes(profile), ISO_8859_1)).startsWith("FLR\0");
      assertThat(folder.resolve("cpu.prof.heap")).isNotEmptyFile();
      assertThat(JsonParser.parseString(proxy.admin("/memory").body()).getAsJsonObject().keySet())
          .contains("allocated", "heap_size", "total_physical_bytes");
      assertThat(proxy.order("/heap_dump").body()).startsWith("JAVA PROFILE 1.0.2");
    }
  }

  @Test
  void saysWhyAProfileCannotBeWritten() throws Exception {
    var yaml = ROUTES.replace("admin: {", "admin: { profile_path: " + folder + "/none/cpu.prof,");
    try (var proxy = TestServer.start(yaml, 1)) {
      var refused = proxy.order("/cpuprofiler?enable=y");

      assertThat(refused.status()).contains(" 500 ");
      assertThat(refused.body())
          .startsWith("failure to start the profiler: ")
          .contains("NoSuchFileException");
    }
  }

  @Test
  void listensOnAUnixDomainSocket() throws Exception {
    var socket = folder.resolve("admin.sock");
    var address = folder.resolve("address");
    var yaml =
        ROUTES.replaceFirst(
            "admin: .*", "admin: { address: { pipe: { path: %s, mode: 384 } } }".formatted(socket));
    var options =
        new ServerOptions(
            new BootstrapSource(null, yaml),
            1,
            DrainOptions.DEFAULT,
            Duration.ofSeconds(1),
            ServerOptions.NodeOverride.NONE,
            null,
            new ServerOptions.AdminOptions(address, true));
    try (var server = Server.start(options)) {
      server.awaitLive();

      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(Files.readString(address)).isEqualTo(socket.toString());
      assertThat(over(socket, "GET /ready")).startsWith("HTTP/1.1 200 OK\r\n").endsWith("LIVE\n");
      assertThat(over(socket, "POST /quitquitquit")).startsWith("HTTP/1.1 403 Forbidden\r\n");
    }
    assertThat(socket).as("after the end").doesNotExist();
  }

  private static String over(Path socket, String request) throws IOException {
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(
          ByteBuffer.wrap(
              (request + " HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                  .getBytes(ISO_8859_1)));
      List<String> parts = new ArrayList<>();
      var buffer = ByteBuffer.allocate(4096);
      while (channel.read(buffer.clear()) >= 0) {
        parts.add(new String(buffer.array(), 0, buffer.position(), ISO_8859_1));
      }
      return String.join("", parts);
    }
  }
}
