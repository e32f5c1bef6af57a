package dev.outrider.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.RawClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/// A running Outrider, as a process of its own.
final class Sidecar implements AutoCloseable {
  private static final Pattern LISTENING =
      Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+), .*; admin on 127\\.0\\.0\\.1:(\\d+)");
  private static final Pattern PORT = Pattern.compile(":(\\d+)$");

  final Process process;
  private final Path log;
  private final BufferedReader out;
  int adminPort;

  private Sidecar(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.out = process.inputReader(UTF_8);
  }

  /// @param log takes what it says on standard error
  /// @param arguments of the program
  static Sidecar start(Path log, String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dlogback.configurationFile=src/main/dist/conf/logback.xml",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(arguments));
    return new Sidecar(new ProcessBuilder(command).redirectError(log.toFile()).start(), log);
  }

  /// Waits for the line in which `outrider run` says where it listens.
  int port() throws IOException {
    var line = Objects.requireNonNullElseGet(out.readLine(), this::log);
    var found = LISTENING.matcher(line);
    assertThat(found.matches()).as(line).isTrue();
    adminPort = Integer.parseInt(found.group(2));
    return Integer.parseInt(found.group(1));
  }

  /// Waits until it says in that file where its admin interface is (`--admin-address-path`), and
  /// then until it is ready.
  void awaitReady(Path adminAddress) throws IOException {
    while (adminPort == 0) {
      assertThat(process.isAlive()).as(log()).isTrue();
      var written = Files.exists(adminAddress) ? Files.readString(adminAddress) : "";
      var found = PORT.matcher(written);
      if (found.find()) {
        adminPort = Integer.parseInt(found.group(1));
      }
    }
    while (page("/ready").code() != 200) {
      assertThat(process.isAlive()).as(log()).isTrue();
    }
  }

  /// Where the listener of that name is.
  int listenerPort(String name) throws IOException {
    var line =
        page("/listeners")
            .body()
            .lines()
            .filter(each -> each.startsWith(name + "::"))
            .findFirst()
            .orElseThrow();
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  /// A page of the admin interface.
  RawClient.Response page(String path) throws IOException {
    try (var admin = new RawClient(adminPort)) {
      return admin.get(path).read();
    }
  }

  /// What a POST to the admin interface is answered.
  RawClient.Response order(String path) throws IOException {
    try (var admin = new RawClient(adminPort)) {
      return admin.send("POST " + path + " HTTP/1.1\nhost: a\ncontent-length: 0\n\n").read();
    }
  }

  /// Leaves so many that are free.
  void limitDescriptors(int free) throws Exception {
    long most;
    try (var open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      most = open.count() + free;
    }
    var limit =
        new ProcessBuilder("prlimit", "--pid", "" + process.pid(), "--nofile=" + most + ":")
            .inheritIO()
            .start();
    assertThat(limit.waitFor()).isZero();
  }

  /// Of the counter whose name ends so.
  long stat(String name) throws IOException {
    return page("/stats")
        .body()
        .lines()
        .filter(line -> line.contains("." + name + ": "))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(": ") + 2)))
        .sum();
  }

  void signal(String name) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
