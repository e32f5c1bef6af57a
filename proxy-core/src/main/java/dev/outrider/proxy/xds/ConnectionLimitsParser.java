package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig;

/// Reads from a bootstrap how many clients may be connected: the resource monitor
/// `global_downstream_max_connections` of `overload_manager`; [OverloadParser] reads the rest.
final class ConnectionLimitsParser {
  static final String MONITOR =
      "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig";

  private ConnectionLimitsParser() {}

  /// The most of all listeners together; 0 if there is no such monitor.
  static long parse(Bootstrap message, Scope scope) {
    return monitored(message, scope.field("overload_manager"));
  }

  private static long monitored(Bootstrap message, Scope scope) {
    var most = 0L;
    var monitors = message.getOverloadManager().getResourceMonitorsList();
    for (var i = 0; i < monitors.size(); i++) {
      var typed = monitors.get(i).getTypedConfig();
      var place = scope.item("resource_monitors", i).field("typed_config");
      if (!ProviderRegistry.typeName(typed.getTypeUrl()).equals(MONITOR)) {
        continue;
      }
      try {
        most =
            DownstreamConnectionsConfig.parseFrom(typed.getValue())
                .getMaxActiveDownstreamConnections();
      } catch (InvalidProtocolBufferException malformed) {
        place.problem("is not a " + MONITOR + ": " + malformed.getMessage());
      }
    }
    return most;
  }
}
