package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.outrider.proxy.config.ConnectionLimits;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads from a bootstrap how many clients may be connected: the resource monitor
/// `global_downstream_max_connections` of `overload_manager`, and the keys of the runtime that
/// limit connections. Whatever else these two say is reported by name.
final class ConnectionLimitsParser {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final String MONITOR =
      "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig";
  private static final String OF_ALL = "overload.global_downstream_max_connections";
  private static final String OF_LISTENER = "envoy.resource_limits.listener.";
  private static final String LIMIT = ".connection_limit";

  private ConnectionLimitsParser() {}

  static ConnectionLimits parse(Bootstrap message, Scope scope) {
    var runtime = new LinkedHashMap<String, Value>();
    for (var layer : message.getLayeredRuntime().getLayersList()) { // a later one wins
      flatten("", layer.getStaticLayer(), runtime);
    }
    var all = monitored(message, scope.field("overload_manager"));
    var byListener = new HashMap<String, Long>();
    for (var entry : runtime.entrySet()) {
      var key = entry.getKey();
      var number = entry.getValue().hasNumberValue();
      if (number && key.startsWith(OF_LISTENER) && key.endsWith(LIMIT)) {
        var name = key.substring(OF_LISTENER.length(), key.length() - LIMIT.length());
        byListener.put(name, (long) entry.getValue().getNumberValue());
      } else if (number && key.equals(OF_ALL)) {
        all = all > 0 ? all : (long) entry.getValue().getNumberValue();
      } else {
        LOG.warn("runtime key '{}' is set, but not acted on", key);
      }
    }
    return new ConnectionLimits(all, byListener);
  }

  /// A key may be written in one piece or as a path of mappings.
  private static void flatten(String prefix, Struct layer, Map<String, Value> runtime) {
    layer
        .getFieldsMap()
        .forEach(
            (name, value) -> {
              if (value.hasStructValue()) {
                flatten(prefix + name + ".", value.getStructValue(), runtime);
              } else {
                runtime.put(prefix + name, value);
              }
            });
  }

  private static long monitored(Bootstrap message, Scope scope) {
    var most = 0L;
    var monitors = message.getOverloadManager().getResourceMonitorsList();
    for (var i = 0; i < monitors.size(); i++) {
      var typed = monitors.get(i).getTypedConfig();
      var place = scope.item("resource_monitors", i).field("typed_config");
      if (!ProviderRegistry.typeName(typed.getTypeUrl()).equals(MONITOR)) {
        LOG.warn("resource monitor '{}' is set, but not acted on", monitors.get(i).getName());
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
