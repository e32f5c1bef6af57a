package dev.outrider.proxy.differential;

import dev.outrider.proxy.dns.FakeDnsServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Envoy and Outrider with the same lanes.
final class Pair implements Closeable {
  private final Side envoy;
  private final Side outrider;
  private final SocketChannel closed;

  private Pair(Side envoy, Side outrider, SocketChannel closed) {
    this.envoy = envoy;
    this.outrider = outrider;
    this.closed = closed;
  }

  /// Starts both, side by side.
  static Pair start(
      Commands commands,
      Certificates certificates,
      Path folder,
      List<Scenario> scenarios,
      int concurrency)
      throws IOException {
    // bound and not listening: a port that refuses and that nobody else takes
    var closed = SocketChannel.open(StandardProtocolFamily.INET);
    closed.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    int closedPort = ((InetSocketAddress) closed.getLocalAddress()).getPort();
    var envoy = new Side(folder.resolve("envoy"), certificates, scenarios, closedPort);
    var outrider = new Side(folder.resolve("outrider"), certificates, scenarios, closedPort);
    var pair = new Pair(envoy, outrider, closed);
    try {
      envoy.start(commands.envoy(), concurrency);
      outrider.start(commands.outrider(), concurrency);
      envoy.awaitStarted();
      outrider.awaitStarted();
    } catch (IOException failed) {
      pair.close();
      throw failed;
    }
    return pair;
  }

  /// Runs every lane of a scenario on both.
  CompletableFuture<Result> run(Scenario scenario, int concurrency, Executor executor) {
    var one = envoy.run(scenario, executor);
    var other = outrider.run(scenario, executor);
    return one.thenCombine(
        other, (seen, too) -> Result.of(scenario, concurrency, seen, too, counters(scenario)));
  }

  private Comparison counters(Scenario scenario) {
    try {
      return new Counters(scenario.counters())
          .compare(envoy.proxy(), outrider.proxy(), scenario, scenario.counterDiffers());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// What Outrider complained about in its log.
  String complaints() throws IOException {
    return outrider.proxy().complaints();
  }

  @Override
  public void close() throws IOException {
    envoy.close();
    outrider.close();
    closed.close();
  }

  /// One of the two.
  private static final class Side implements Closeable {
    /// Lanes at work at the same time: more would only wait for the processors.
    private final Semaphore atWork = new Semaphore(6);

    private final Path folder;
    private final Certificates certificates;
    private final List<Bootstraps.LaneSpec> specs = new ArrayList<>();
    private final Map<String, ScriptedService> services = new HashMap<>();
    private final List<CommandProxy> running = new ArrayList<>();
    private final FakeDnsServer names;

    Side(Path folder, Certificates certificates, List<Scenario> scenarios, int closedPort)
        throws IOException {
      this.certificates = certificates;
      this.folder = Files.createDirectories(folder).toAbsolutePath();
      this.names = new FakeDnsServer();
      scenarios.forEach(scenario -> know(scenario.parts().get("dns")));
      for (var scenario : scenarios) {
        for (int lane = 0; lane < scenario.lanes(); lane++) {
          var name = scenario.laneName(lane);
          var service = new ScriptedService(certificates);
          var spec =
              new Bootstraps.LaneSpec(
                  scenario,
                  lane,
                  service.port(),
                  closedPort,
                  names.port(),
                  this.folder,
                  certificates);
          var guest = spec.guest();
          if (guest != null) {
            guest.write(spec.module());
          }
          Files.deleteIfExists(spec.log());
          services.put(name, service);
          specs.add(spec);
        }
      }
    }

    /// A name has a list of addresses, or is `broken`.
    private void know(@Nullable Object zone) {
      if (zone instanceof Map<?, ?> entries) {
        entries.forEach(
            (name, value) -> {
              if (value instanceof List<?> ips) {
                names.has(
                    name.toString(), 30, ips.stream().map(Object::toString).toArray(String[]::new));
              } else {
                names.fails(name.toString());
              }
            });
      }
    }

    void start(List<String> command, int concurrency) throws IOException {
      running.add(CommandProxy.start(command, folder, specs, concurrency));
    }

    void awaitStarted() throws IOException {
      for (var each : running) {
        each.awaitListeners(specs.size());
      }
    }

    RunningProxy proxy() {
      return running.getFirst();
    }

    CompletableFuture<Map<Case, Observation>> run(Scenario scenario, Executor executor) {
      var lanes = new ArrayList<CompletableFuture<Map<Case, Observation>>>();
      for (int lane = 0; lane < scenario.lanes(); lane++) {
        int number = lane;
        lanes.add(CompletableFuture.supplyAsync(() -> lane(scenario, number), executor));
      }
      return CompletableFuture.allOf(lanes.toArray(CompletableFuture<?>[]::new))
          .thenApply(
              _ -> {
                var all = new LinkedHashMap<Case, Observation>();
                lanes.forEach(done -> all.putAll(done.join()));
                return all;
              });
    }

    private Map<Case, Observation> lane(Scenario scenario, int number) {
      atWork.acquireUninterruptibly();
      var name = scenario.laneName(number);
      var service = Objects.requireNonNull(services.get(name));
      try (var lane =
          new Lane(
              proxy(),
              name,
              scenario,
              service,
              new AccessLog(folder.resolve(name + ".log"), AccessLog.fields(scenario)),
              certificates)) {
        var seen = new LinkedHashMap<Case, Observation>();
        for (var each : scenario.dealtTo(number)) {
          seen.put(each, lane.run(each));
        }
        return seen;
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      } finally {
        atWork.release();
      }
    }

    @Override
    public void close() throws IOException {
      for (var proxy : running) {
        proxy.close();
      }
      for (var service : services.values()) {
        service.close();
      }
      names.close();
    }
  }
}
