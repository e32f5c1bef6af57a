package dev.outrider.proxy.admin;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.outlier.OutlierDetector;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.runtime.RuntimeLayerSpec;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.runtime.RuntimeValue;
import dev.outrider.proxy.wasm.PluginReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A server that is whatever a test sets.
final class FakeServerView implements ServerView {
  State state = State.LIVE;
  CompletableFuture<List<Integer>> silent = CompletableFuture.completedFuture(List.of());
  ProxyConfig config = new ProxyConfig(Map.of(), Map.of(), Map.of(), Map.of());
  final Map<String, List<HostPort>> addresses = new LinkedHashMap<>();
  final MetricRegistry registry = new MetricRegistry(1);
  List<String> unsupported = List.of();
  final LayeredRuntime runtime =
      new LayeredRuntime(
          new FakeLoop(0, new FakeClock()),
          new MetricRegistry(1),
          List.of(
              new RuntimeLayerSpec.Fixed("base", Map.of("a", RuntimeValue.of(1))),
              new RuntimeLayerSpec.Admin("op")),
          _ -> CompletableFuture.completedFuture(null));
  @Nullable ConfigDumpQuery asked;
  final List<String> drains = new ArrayList<>();
  final Map<String, OutlierDetector> detectors = new HashMap<>();
  int quits;
  boolean broken;
  DumpAnswer dump = new DumpAnswer.Shown("{}\n");
  List<UnreadyTargets> unready = List.of();
  List<PluginReport> plugins = List.of();
  int resets;
  int statsAsked;
  final FakeLogControl logs = new FakeLogControl();
  final FakeProfiler profiler = new FakeProfiler();

  @Override
  public State state() {
    return state;
  }

  @Override
  public CompletionStage<List<Integer>> silentWorkers() {
    return silent;
  }

  @Override
  public long uptimeSeconds() {
    return 90;
  }

  @Override
  public Instant now() {
    return Instant.EPOCH;
  }

  @Override
  public @Nullable OutlierDetector outliers(String cluster) {
    return detectors.get(cluster);
  }

  @Override
  public String version() {
    return "abc/0.1/Clean/RELEASE/none";
  }

  @Override
  public Map<String, Object> commandLineOptions() {
    var options = new LinkedHashMap<String, Object>();
    options.put("concurrency", 2);
    options.put("config_yaml", "a: \"<b>\"\n");
    options.put("disable_hot_restart", true);
    return options;
  }

  @Override
  public ProxyConfig config() {
    return config;
  }

  @Override
  public CompletionStage<?> failHealthCheck(boolean failed) {
    state = failed ? State.DRAINING : State.LIVE;
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<?> drainListeners(DrainScope scope, DrainEnd end) {
    drains.add(scope + " " + end);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public String nodeId() {
    return "node-1";
  }

  @Override
  public String nodeCluster() {
    return "cluster-1";
  }

  @Override
  public Map<String, List<HostPort>> listenerAddresses() {
    return addresses;
  }

  @Override
  public MetricRegistry metrics() {
    return registry;
  }

  @Override
  public void statsAsked() {
    statsAsked++;
  }

  @Override
  public CompletionStage<?> resetCounters() {
    resets++;
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public LogControl logs() {
    return logs;
  }

  @Override
  public List<PluginReport> plugins() {
    return plugins;
  }

  @Override
  public Profiler profiler() {
    return profiler;
  }

  @Override
  public List<UnreadyTargets> unready() {
    return unready;
  }

  @Override
  public RuntimeSnapshot runtime() {
    return runtime.current();
  }

  @Override
  public @Nullable CompletionStage<?> modifyRuntime(Map<String, String> said) {
    return runtime.merge(said);
  }

  /// An answer as a client has it in the end.
  static AdminResponse whole(AdminResponse answer) {
    var parts = answer.parts();
    return parts == null
        ? answer
        : AdminResponse.of(answer.status(), answer.contentType(), parts.all());
  }

  @Override
  public List<String> unsupportedFields() {
    return unsupported;
  }

  @Override
  public DumpAnswer configDump(ConfigDumpQuery query) {
    if (broken) {
      throw new IllegalStateException("this server is broken");
    }
    asked = query;
    return dump;
  }

  @Override
  public void quit() {
    quits++;
  }
}
