package dev.outrider.proxy.runtime;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the log, once for each, of keys that mean something to Envoy whatever is configured, and
/// nothing here. Keys that the configuration names itself are read where it names them. Main loop
/// only.
final class UnreadKeys {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  /// What Envoy's own keys begin with.
  private static final List<String> OWN =
      List.of(
          "envoy.",
          "re2.",
          "overload.",
          "upstream.",
          "outlier_detection.",
          "health_check.",
          "circuit_breakers.",
          "http_connection_manager.",
          "http.",
          "tracing.",
          "ratelimit.",
          "redis.");

  private static final Set<String> READ = Set.of("overload.global_downstream_max_connections");
  private static final String LISTENER = "envoy.resource_limits.listener.";
  private static final String LIMIT = ".connection_limit";

  private final Set<String> told = new HashSet<>();

  void report(RuntimeSnapshot snapshot) {
    for (var key : snapshot.values().keySet()) {
      if (isUnread(key) && told.add(key)) {
        LOG.warn("runtime key '{}' is set, but not acted on", key);
      }
    }
  }

  static boolean isUnread(String key) {
    return OWN.stream().anyMatch(key::startsWith)
        && !READ.contains(key)
        && !(key.startsWith(LISTENER) && key.endsWith(LIMIT));
  }
}
