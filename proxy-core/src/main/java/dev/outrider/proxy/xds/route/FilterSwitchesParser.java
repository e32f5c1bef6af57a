package dev.outrider.proxy.xds.route;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.routing.FilterSwitches;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import java.util.HashMap;
import java.util.Map;

/// Reads `typed_per_filter_config`: which filters are on. No filter has a configuration per route,
/// so that any other is refused.
final class FilterSwitchesParser {
  private static final String TYPE = "envoy.config.route.v3.FilterConfig";

  private FilterSwitchesParser() {}

  static FilterSwitches parse(Map<String, Any> messages, Scope scope) {
    var on = new HashMap<String, Boolean>();
    messages.forEach(
        (name, any) -> one(name, any, scope.field("typed_per_filter_config['" + name + "']"), on));
    return new FilterSwitches(on);
  }

  private static void one(String name, Any any, Scope scope, Map<String, Boolean> on) {
    if (!ProviderRegistry.typeName(any.getTypeUrl()).equals(TYPE)) {
      scope.problem("only " + TYPE + " is supported, is '" + any.getTypeUrl() + "'");
      return;
    }
    try {
      var message = FilterConfig.parseFrom(any.getValue());
      if (message.getDisabled()) {
        on.put(name, false);
      } else if (!message.hasConfig()) {
        scope.problem("Empty route/virtual host per filter configuration for " + name + " filter");
      } else if (message.getConfig().getTypeUrl().isEmpty()) {
        on.put(name, true);
      } else if (!message.getIsOptional()) {
        scope.problem("config", "is not supported");
      }
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
    }
  }
}
