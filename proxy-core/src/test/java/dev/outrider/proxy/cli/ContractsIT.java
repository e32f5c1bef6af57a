package dev.outrider.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.outrider.proxy.worker.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Starts with exactly the arguments that control planes and their agents pass to Envoy.
@Timeout(60)
class ContractsIT {
  private static final String ADMIN =
      "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}\n";

  @TempDir Path folder;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void startsAsEnvoyGatewayStartsEnvoy() throws Exception {
    var address = folder.resolve("admin-address");

    var info =
        served(
            address,
            "--service-cluster",
            "envoy-gateway-system/eg",
            "--service-node",
            "eg-node",
            "--config-yaml",
            ADMIN,
            "--log-level",
            "warn",
            "--cpuset-threads",
            "--drain-strategy",
            "immediate",
            "--component-log-level",
            "misc:error",
            "--drain-time-s",
            "60",
            "--admin-address-path",
            address.toString(),
            "--",
            "--run-id",
            "7");

    assertThat(info)
        .contains("\"id\": \"eg-node\"")
        .contains("\"cluster\": \"envoy-gateway-system/eg\"")
        .contains("\"drain_strategy\": \"Immediate\"")
        .contains("\"component_log_level\": \"misc:error\"")
        .contains("\"cpuset_threads\": true");
  }

  /// Consul hands the bootstrap over in a named pipe.
  @Test
  void startsAsConsulStartsEnvoy() throws Exception {
    var pipe = folder.resolve("envoy-1-bootstrap.json");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    var address = folder.resolve("admin-address");
    var writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    Files.writeString(
                        pipe,
                        "{\"admin\": {\"address\": {\"socketAddress\": {\"address\":"
                            + " \"127.0.0.1\", \"port_value\": 0}}},"
                            + " \"node\": {\"id\": \"web-sidecar-proxy\", \"cluster\": \"web\"}}");
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                });

    var info =
        served(
            address,
            "--config-path",
            pipe.toString(),
            "--admin-address-path",
            address.toString(), // so that the test finds it
            "--disable-hot-restart");

    writer.join();
    assertThat(info).contains("\"id\": \"web-sidecar-proxy\"");
  }

  @Test
  void startsAsIstiosAgentStartsEnvoy() throws Exception {
    var address = folder.resolve("admin-address");
    var bootstrap =
        Files.writeString(
            folder.resolve("envoy-rev.json"),
            "{\"admin\": {\"address\": {\"socket_address\": {\"address\": \"127.0.0.1\","
                + " \"port_value\": 0}}}, \"node\": {\"id\": \"sidecar~1\", \"cluster\": \"web\"},"
                + " \"not_in_this_version\": {}}");

    var info =
        served(
            address,
            "-c",
            bootstrap.toString(),
            "--drain-time-s",
            "45",
            "--drain-strategy",
            "immediate",
            "--local-address-ip-version",
            "v4",
            "--file-flush-interval-msec",
            "1000",
            "--disable-hot-restart",
            "--allow-unknown-static-fields",
            "-l",
            "warning",
            "--component-log-level",
            "misc:error",
            "--concurrency",
            "2",
            "--admin-address-path",
            address.toString()); // so that the test finds it

    assertThat(info).contains("\"concurrency\": 2").contains("\"drain_time\": \"45s\"");
    assertThat(info).contains("\"file_flush_interval\": \"1s\"").contains("\"stats_tag\": []");
  }

  @Test
  void startsAsKumaStartsEnvoy() throws Exception {
    var socket = folder.resolve("admin.sock");
    var bootstrap =
        Files.writeString(
            folder.resolve("bootstrap.yaml"),
            """
            admin: {address: {pipe: {path: %s, mode: 384}}}
            node: {id: default.web, cluster: web}
            """
                .formatted(socket));

    assertThat(
            served(
                () -> over(socket, "GET /ready"),
                () -> over(socket, "GET /server_info"),
                () -> over(socket, "POST /quitquitquit"),
                "--config-path",
                bootstrap.toString(),
                "--drain-time-s",
                "30",
                "--drain-strategy",
                "immediate",
                "--disable-hot-restart",
                "--log-level",
                "info",
                "--concurrency",
                "1"))
        .contains("\"id\": \"default.web\"");
  }

  /// Kuma and Consul look for five parts between slashes behind `version: `.
  @Test
  void saysItsVersionAsEnvoyDoes() {
    var out = new ByteArrayOutputStream();

    assertThat(Main.run(List.of("--version"), new PrintStream(out, true, UTF_8), errors()))
        .isZero();

    var version = out.toString(UTF_8).strip().replaceFirst("^.*version: ", "");
    assertThat(version.split("/", -1)).hasSize(5).doesNotContain("");
  }

  /// Starts, asks for `/server_info` and ends in order.
  private String served(Path address, String... args) throws Exception {
    return served(
        () -> Files.exists(address) ? ask(address, "GET /ready") : "",
        () -> ask(address, "GET /server_info"),
        () -> ask(address, "POST /quitquitquit"),
        args);
  }

  private String served(
      Callable<String> ready, Callable<String> info, Callable<String> quit, String... args)
      throws Exception {
    var status = new CompletableFuture<Integer>();
    Thread.ofPlatform().start(() -> status.complete(Main.run(List.of(args), errors(), errors())));
    while (!ready.call().contains("LIVE")) {
      assertThat(status).as(err.toString(UTF_8)).isNotDone();
      Thread.onSpinWait();
    }
    var shown = info.call();
    quit.call();
    assertThat(status.get(30, TimeUnit.SECONDS)).isZero();
    return JsonParser.parseString(shown.substring(shown.indexOf('{'))).isJsonObject() ? shown : "";
  }

  private PrintStream errors() {
    return new PrintStream(err, true, UTF_8);
  }

  private static String ask(Path address, String request) throws IOException {
    var text = Files.readString(address);
    if (text.isEmpty()) {
      return ""; // it is being written
    }
    try (var client = new RawClient(Integer.parseInt(text.substring(text.lastIndexOf(':') + 1)))) {
      return client.send(request + " HTTP/1.1\nhost: a\ncontent-length: 0\n\n").read().body();
    }
  }

  private static String over(Path socket, String request) throws IOException {
    if (!Files.exists(socket)) {
      return "";
    }
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(
          UTF_8.encode(
              request + " HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
      var answer = new ByteArrayOutputStream();
      var buffer = ByteBuffer.allocate(4096);
      while (channel.read(buffer.clear()) >= 0) {
        answer.write(buffer.array(), 0, buffer.position());
      }
      return answer.toString(UTF_8);
    }
  }
}
