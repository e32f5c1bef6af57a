package dev.outrider.proxy.server;

import dev.outrider.proxy.admin.DumpAnswer;
import dev.outrider.proxy.admin.LogControl;
import dev.outrider.proxy.admin.Profiler;
import dev.outrider.proxy.admin.ServerView;
import dev.outrider.proxy.admin.UnreadyTargets;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.outlier.OutlierDetector;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.wasm.PluginReport;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.WaitingListener;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A running server as the admin interface sees it. Main loop only.
record LiveServer(
    Server server,
    ServerOptions options,
    BootstrapConfig bootstrap,
    ServerParts parts,
    Profiler profiler)
    implements ServerView {

  @Override
  public State state() {
    return server.state();
  }

  @Override
  public CompletionStage<List<Integer>> silentWorkers() {
    return parts.loops().pulse().ask();
  }

  @Override
  public long uptimeSeconds() {
    return parts.stats().uptimeSeconds();
  }

  @Override
  public Instant now() {
    return Instant.ofEpochMilli(parts.mainLoop().clock().epochMicros() / 1_000);
  }

  @Override
  public String version() {
    return Version.current().text();
  }

  @Override
  public Map<String, Object> commandLineOptions() {
    var flags = new LinkedHashMap<String, Object>();
    var path = options.bootstrap().path();
    var yaml = options.bootstrap().text();
    flags.put("concurrency", options.concurrency());
    flags.put("config_path", path == null ? "" : path.toString());
    flags.put("config_yaml", orEmpty(yaml));
    flags.put("service_cluster", orEmpty(options.node().cluster()));
    flags.put("service_node", orEmpty(options.node().id()));
    flags.put("file_flush_interval", seconds(options.fileFlushInterval()));
    flags.put("drain_time", seconds(options.drain().time()));
    flags.put(
        "drain_strategy",
        switch (options.drain().strategy()) {
          case GRADUAL -> "Gradual";
          case IMMEDIATE -> "Immediate";
        });
    flags.put("mode", "Serve");
    flags.put("disable_hot_restart", true);
    flags.put("restart_epoch", options.restartEpoch());
    flags.putAll(options.shown());
    return flags;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /// As the JSON form of a `google.protobuf.Duration`: no fraction, or three digits of it.
  private static String seconds(Duration time) {
    var millis = time.toMillisPart();
    return time.toSeconds() + (millis == 0 ? "" : "." + "%03d".formatted(millis)) + "s";
  }

  @Override
  public ProxyConfig config() {
    return parts.configuration().active();
  }

  @Override
  public @Nullable OutlierDetector outliers(String cluster) {
    return parts.fitness().detector(cluster);
  }

  @Override
  public String nodeId() {
    return bootstrap.node().id();
  }

  @Override
  public String nodeCluster() {
    return bootstrap.node().cluster();
  }

  @Override
  public Map<String, List<HostPort>> listenerAddresses() {
    return parts.publisher().addresses();
  }

  @Override
  public MetricRegistry metrics() {
    return parts.metrics();
  }

  @Override
  public void statsAsked() {
    server.statsAsked();
  }

  @Override
  public CompletionStage<?> resetCounters() {
    return parts.loops().resetCounters();
  }

  @Override
  public LogControl logs() {
    return new Loggers(parts.logs(), parts.background());
  }

  @Override
  public List<PluginReport> plugins() {
    return parts.wasm().report();
  }

  @Override
  public Profiler profiler() {
    return profiler;
  }

  @Override
  public List<UnreadyTargets> unready() {
    return parts.configuration().waitingListeners().stream().map(LiveServer::unready).toList();
  }

  /// By Envoy's names of its init managers and targets.
  private static UnreadyTargets unready(WaitingListener listener) {
    var name =
        "init manager Listener-local-init-manager "
            + listener.name()
            + " "
            + Integer.toUnsignedString(listener.bytes().hashCode());
    return new UnreadyTargets(
        name, listener.needs().stream().map(LiveServer::target).sorted().toList());
  }

  private static String target(ResourceKey need) {
    return switch (need.kind()) {
      case ROUTES -> "shared target RdsRouteConfigSubscription RDS init " + need.name();
      case SECRET -> "target SdsApi " + need.name();
      case EXTENSION -> "target FilterConfigSubscription init " + need.name();
      case SCOPE -> "target ConfigSubscriptionCommonBase init target 'SRDS'";
      case VIRTUAL_HOST -> "target VhdsConfigSubscription " + need.name();
      case CLUSTER, ENDPOINTS, LISTENER, RUNTIME, LOCALITY -> "target " + need;
    };
  }

  @Override
  public RuntimeSnapshot runtime() {
    return parts.runtime().current();
  }

  @Override
  public @Nullable CompletionStage<?> modifyRuntime(Map<String, String> said) {
    return parts.runtime().merge(said);
  }

  @Override
  public List<String> unsupportedFields() {
    return parts.fields().entries().stream()
        .map(entry -> entry.resource() + ": " + entry.path() + " (" + entry.field() + ")")
        .toList();
  }

  @Override
  public DumpAnswer configDump(ConfigDumpQuery query) {
    return new ConfigDumps(parts.configuration(), bootstrap, parts.stats().startMicros())
        .json(query);
  }

  @Override
  public CompletionStage<?> failHealthCheck(boolean failed) {
    return parts.drain().failHealthCheck(failed);
  }

  @Override
  public CompletionStage<?> drainListeners(DrainScope scope, DrainEnd end) {
    return switch (end) {
      case STOP_NOW -> parts.drain().stopListeners(scope);
      case STOP_LATER -> parts.drain().drainListeners(scope, false);
      case STAY -> parts.drain().drainListeners(scope, true);
    };
  }

  @Override
  public void quit() {
    server.shutdownSoon();
  }
}
