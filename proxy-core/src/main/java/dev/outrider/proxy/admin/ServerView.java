package dev.outrider.proxy.admin;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.List;
import java.util.Map;

/// What the admin interface may see and do. Called on the main loop.
public interface ServerView {
  /// Envoy `ServerInfo.State`; the ordinal is the gauge `server.state`.
  enum State {
    LIVE,
    DRAINING,
    PRE_INITIALIZING,
    INITIALIZING
  }

  State state();

  /// Since the process started.
  long uptimeSeconds();

  /// `revision/version/state/build type/TLS library`.
  String version();

  /// Command line options by Envoy's names, in Envoy's order; values are texts, numbers or
  /// booleans.
  Map<String, Object> commandLineOptions();

  /// Everything active now.
  ProxyConfig config();

  /// The node's id and cluster.
  String nodeId();

  String nodeCluster();

  /// Where each listener is bound, by listener name.
  Map<String, HostPort> listenerAddresses();

  MetricRegistry metrics();

  /// Fields that are configured and not acted on, as `resource: field`.
  List<String> unsupportedFields();

  /// `/config_dump` as JSON; may take long.
  String configDump(ConfigDumpQuery query);

  /// Starts the orderly end of the process.
  void quit();

  /// Which part of the dump is asked for.
  ///
  /// @param resource a field of the dump to show alone; empty for all
  /// @param nameRegex show only resources with such names; empty for all
  record ConfigDumpQuery(String resource, String nameRegex, boolean includeEndpoints) {}
}
