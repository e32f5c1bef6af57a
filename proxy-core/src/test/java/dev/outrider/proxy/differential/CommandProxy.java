package dev.outrider.proxy.differential;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/// A proxy as a child process: `command -c bootstrap.json --concurrency n`.
final class CommandProxy implements RunningProxy {
  private static final Pattern LISTENER = Pattern.compile("(?m)^(\\S+)::127\\.0\\.0\\.1:(\\d+)$");
  private static final Pattern COMPLAINT =
      Pattern.compile(
          "(?m)^(?!.*\\[wasm] wasm (?:log|plugin) ).*(Exception|LEAK|\\[error]|\\[critical]|assert"
              + " failure).*$");

  private static final String ADMIN = "admin-address";

  private final Process process;
  private final Path folder;
  private final Path log;
  private final GuestLogs guestLogs;
  private final Map<String, Integer> ports = new HashMap<>();

  private CommandProxy(Process process, Path folder, Path log) {
    this.process = process;
    this.folder = folder;
    this.log = log;
    guestLogs = new GuestLogs(log);
  }

  /// Starts a process. The thread that calls this must outlive it: the kernel ends an Envoy with
  /// the thread that started it, since Envoy asks for that (`PR_SET_PDEATHSIG`).
  static CommandProxy start(
      List<String> command, Path folder, List<Bootstraps.LaneSpec> lanes, int concurrency)
      throws IOException {
    var flags = new ArrayList<String>();
    if (lanes.stream().anyMatch(lane -> lane.guest() != null)) {
      flags.addAll(List.of("--component-log-level", "wasm:trace"));
    }
    flags.addAll(lanes.getFirst().scenario().flags());
    return start(command, folder, Bootstraps.json(lanes), concurrency, flags);
  }

  /// As the other, of any bootstrap, JSON or YAML.
  static CommandProxy start(
      List<String> command, Path folder, String bootstrap, int concurrency, List<String> flags)
      throws IOException {
    var file = folder.resolve(bootstrap.startsWith("{") ? "bootstrap.json" : "bootstrap.yaml");
    Files.writeString(file, bootstrap);
    Files.deleteIfExists(folder.resolve(ADMIN));
    var full = new ArrayList<>(command);
    full.addAll(List.of("-c", file.toString(), "--concurrency", "" + concurrency));
    full.addAll(List.of("--file-flush-interval-msec", "5", "-l", "warning"));
    full.addAll(List.of("--admin-address-path", folder.resolve(ADMIN).toString()));
    full.addAll(flags);
    var log = folder.resolve("proxy.log");
    var process =
        new ProcessBuilder(full).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new CommandProxy(process, folder, log);
  }

  /// Waits until the listeners of so many lanes are bound.
  void awaitListeners(int count) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (ports.size() < count || !workersStarted()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        close();
        throw new IOException(
            folder.getFileName() + " does not start:\n" + Files.readString(log, UTF_8));
      }
      LockSupport.parkNanos(20_000_000);
      try {
        var found = LISTENER.matcher(admin("GET", "/listeners"));
        while (found.find()) {
          ports.put(found.group(1), Integer.valueOf(found.group(2)));
        }
      } catch (IOException | NumberFormatException _) {
        // the admin interface is not bound yet
      }
    }
  }

  /// Whether the workers are at work, and have started their guests.
  private boolean workersStarted() throws IOException {
    return admin("GET", "/stats?filter=workers_started").contains("workers_started: 1");
  }

  @Override
  public int port(String listener) throws IOException {
    var port = ports.get(listener);
    if (port == null) {
      throw new IOException("no listener " + listener);
    }
    return port;
  }

  @Override
  public String admin(String method, String path) throws IOException {
    var address = Files.readString(folder.resolve(ADMIN), UTF_8).strip();
    int adminPort = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    try (var wire = Wire.connect(adminPort)) {
      wire.send(
          method
              + " "
              + path
              + " HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n"
              + (method.equals("POST") ? "content-length: 0\r\n\r\n" : "\r\n"));
      return new MessageReader(wire).response(false).body();
    }
  }

  @Override
  public GuestLogs guestLogs() {
    return guestLogs;
  }

  @Override
  public String complaints() throws IOException {
    var found = new ArrayList<String>();
    if (!process.isAlive()) {
      found.add("the process has ended with " + process.exitValue());
    }
    COMPLAINT
        .matcher(Files.readString(log, UTF_8))
        .results()
        .limit(20)
        .forEach(complaint -> found.add(complaint.group()));
    return String.join("\n", found);
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
