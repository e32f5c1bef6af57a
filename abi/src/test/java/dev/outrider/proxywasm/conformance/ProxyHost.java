package dev.outrider.proxywasm.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.conformance.Script.Observation;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/// Runs scripts on a proxy that takes Envoy's configuration and writes Envoy's log lines: starts
/// `command -c bootstrap.json ...`, sends each script's request, and reads what the guests said.
///
/// One proxy serves [#MOST_AT_ONCE] scripts, a listener each. Blocks; the proxy is ended by
/// [#close].
public final class ProxyHost implements Closeable {
  private static final int MOST_AT_ONCE = 200;
  private static final long START_SECONDS = 90;
  private static final long SETTLE_NANOS = 300_000_000;
  private static final int MOST_ROUNDS = 20;
  private static final Pattern LISTENER = Pattern.compile("(?m)^s(\\d+)::127\\.0\\.0\\.1:(\\d+)$");
  private static final Pattern LINE =
      Pattern.compile("(?m)\\[info]\\[wasm] .*?wasm log .*?vs(\\d+): ?(.*)$");

  private final List<Script> scripts;
  private final Services services = new Services();
  private final Path log;
  private final Process process;
  private final Path adminAddress;

  private ProxyHost(List<String> command, Path folder, List<Script> scripts) throws IOException {
    this.scripts = scripts;
    var bootstrap = folder.resolve("bootstrap.json");
    Files.writeString(bootstrap, services.bootstrap(scripts));
    adminAddress = folder.resolve("admin-address");
    Files.deleteIfExists(adminAddress);
    log = folder.resolve("proxy.log");
    var full = new ArrayList<>(command);
    full.addAll(List.of("-c", bootstrap.toString(), "--concurrency", "1"));
    full.addAll(List.of("--admin-address-path", adminAddress.toString()));
    full.addAll(List.of("-l", "warning", "--component-log-level", "wasm:info"));
    process =
        new ProcessBuilder(full).redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  /// Runs all scripts.
  ///
  /// @param command program and arguments, without what says where its configuration is
  /// @param folder for bootstraps and logs; they stay there
  /// @return what came of each script, in their order
  public static List<Observation> run(List<String> command, Path folder, List<Script> scripts)
      throws IOException {
    var seen = new ArrayList<Observation>();
    for (int from = 0; from < scripts.size(); from += MOST_AT_ONCE) {
      var batch = scripts.subList(from, Math.min(scripts.size(), from + MOST_AT_ONCE));
      var own = Files.createDirectories(folder.resolve("batch-" + from / MOST_AT_ONCE));
      try (var host = new ProxyHost(command, own, batch)) {
        seen.addAll(host.drive());
      }
    }
    return seen;
  }

  /// Throws while the proxy has not written it.
  private int adminPort() throws IOException {
    var address = Files.readString(adminAddress, UTF_8).strip();
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  private List<Observation> drive() throws IOException {
    var statuses = send(awaitListeners());
    Map<Integer, List<String>> lines = Map.of();
    int before = -1;
    // A guest's timer or queue may still be due: look until nothing new comes.
    for (int round = 0; round < MOST_ROUNDS && before != count(lines); round++) {
      before = count(lines);
      LockSupport.parkNanos(SETTLE_NANOS);
      lines = readLines();
    }
    if (!process.isAlive()) {
      throw new IOException("the proxy has ended while scripts ran, see " + log);
    }
    var observations = new ArrayList<Observation>();
    for (int i = 0; i < scripts.size(); i++) {
      observations.add(new Observation(lines.getOrDefault(i, List.of()), statuses.get(i)));
    }
    return observations;
  }

  private static int count(Map<Integer, List<String>> lines) {
    return lines.values().stream().mapToInt(List::size).sum();
  }

  private Map<Integer, Integer> awaitListeners() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("the proxy does not start:\n" + Files.readString(log, UTF_8));
      }
      var ports = new HashMap<Integer, Integer>();
      try {
        LISTENER
            .matcher(ProxyClient.get(adminPort(), "/listeners"))
            .results()
            .forEach(
                found ->
                    ports.put(Integer.valueOf(found.group(1)), Integer.valueOf(found.group(2))));
        if (ports.size() == scripts.size()
            && ProxyClient.get(adminPort(), "/ready").contains("LIVE")) {
          return ports;
        }
      } catch (IOException | NumberFormatException _) {
        // the admin interface is not bound yet
      }
      LockSupport.parkNanos(50_000_000);
    }
  }

  private List<Integer> send(Map<Integer, Integer> ports) throws IOException {
    var pending = new ArrayList<Future<Integer>>();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < scripts.size(); i++) {
        var drive = scripts.get(i).drive();
        int port = Objects.requireNonNull(ports.get(i));
        pending.add(
            clients.submit(() -> drive == Drive.START ? 0 : ProxyClient.status(port, drive)));
      }
    }
    return pending.stream().map(ProxyHost::result).toList();
  }

  /// A client that runs out of patience got nothing.
  private static int result(Future<Integer> done) {
    return switch (done.state()) {
      case SUCCESS -> done.resultNow();
      case FAILED, CANCELLED, RUNNING -> -1;
    };
  }

  private Map<Integer, List<String>> readLines() {
    var lines = new HashMap<Integer, List<String>>();
    try {
      LINE.matcher(Files.readString(log, UTF_8))
          .results()
          .forEach(
              found ->
                  lines
                      .computeIfAbsent(Integer.valueOf(found.group(1)), _ -> new ArrayList<>())
                      .add(found.group(2)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
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
    services.close();
  }
}
