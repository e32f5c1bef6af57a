package dev.outrider.proxy.admin;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.outlier.OutlierDetector;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import dev.outrider.proxy.wasm.PluginReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What the admin interface may see and do. Called on the main loop.
public interface ServerView {
  /// Envoy `ServerInfo.State`.
  enum State {
    LIVE(0),
    DRAINING(1),
    PRE_INITIALIZING(2),
    INITIALIZING(3);

    private final int code;

    State(int code) {
      this.code = code;
    }

    /// The value of the gauge `server.state`.
    public int code() {
      return code;
    }
  }

  State state();

  /// Asks every worker whether it still takes tasks. Completes on the main loop, as soon as all
  /// have answered, with nothing; or, half a second later at most, with the indices of those that
  /// have not.
  CompletionStage<List<Integer>> silentWorkers();

  /// Since the process started.
  long uptimeSeconds();

  /// The time of day.
  Instant now();

  /// `revision/version/state/build type/TLS library`.
  String version();

  /// Command line options by Envoy's names, in Envoy's order; values are texts, numbers, booleans
  /// or lists of texts.
  Map<String, Object> commandLineOptions();

  /// Everything active now.
  ProxyConfig config();

  /// Who watches the hosts of a cluster; null if nobody does.
  @Nullable OutlierDetector outliers(String cluster);

  /// The node's id and cluster.
  String nodeId();

  String nodeCluster();

  /// Where each listener is bound, by listener name.
  Map<String, List<HostPort>> listenerAddresses();

  MetricRegistry metrics();

  /// Says that the statistics are about to be shown: an interval of them may end with that.
  void statsAsked();

  /// Sets every counter to zero. Completes on the main loop when each worker has done so.
  CompletionStage<?> resetCounters();

  LogControl logs();

  /// Every Wasm plugin that is configured.
  List<PluginReport> plugins();

  Profiler profiler();

  /// What the runtime says now, by layers.
  RuntimeSnapshot runtime();

  /// Has the operator's layer of the runtime say something else: texts by key, of which an empty
  /// one takes back. Completes on the main loop when every worker acts on it; null if there is no
  /// such layer.
  @Nullable CompletionStage<?> modifyRuntime(Map<String, String> said);

  /// Fields that are configured and not acted on, as `resource: field`.
  List<String> unsupportedFields();

  /// `/config_dump` as JSON; may take long.
  DumpAnswer configDump(ConfigDumpQuery query);

  /// Listeners that wait, and for what.
  List<UnreadyTargets> unready();

  /// Has the process be DRAINING while it is live, or live again; connections to listeners that do
  /// not exclude it end with their next response. Completes on the main loop when that is so.
  CompletionStage<?> failHealthCheck(boolean failed);

  /// Has connections end, and the listeners with them. Completes on the main loop when every worker
  /// acts on it.
  CompletionStage<?> drainListeners(DrainScope scope, DrainEnd end);

  /// Starts the orderly end of the process.
  void quit();

  /// When listeners that drain stop accepting.
  enum DrainEnd {
    STOP_NOW,
    /// After the drain time.
    STOP_LATER,
    /// Never.
    STAY
  }

  /// Which part of the dump is asked for.
  ///
  /// @param resource a field of the dump to show alone; empty for all
  /// @param names show only resources with such names
  /// @param mask comma-separated paths of fields to show alone (`google.protobuf.FieldMask`); empty
  ///   for all
  record ConfigDumpQuery(
      String resource, Predicate<String> names, boolean includeEndpoints, String mask) {}
}
