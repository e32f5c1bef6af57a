package dev.outrider.proxy.xds.route;

import com.google.protobuf.BoolValue;
import dev.outrider.proxy.routing.UpgradeRules;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads `upgrade_configs`, of a connection manager or of a route.
public final class UpgradeRulesParser {
  private static final String CONNECT = "connect";
  private static final String CONNECT_UDP = "connect-udp";

  private UpgradeRulesParser() {}

  public static UpgradeRules manager(
      List<HttpConnectionManager.UpgradeConfig> messages, Scope scope) {
    var enabled = new HashMap<String, Boolean>();
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var place = scope.item("upgrade_configs", i);
      put(
          enabled,
          message.getUpgradeType(),
          !message.hasEnabled() || isTrue(message.getEnabled()),
          place);
    }
    return new UpgradeRules(enabled, false);
  }

  static UpgradeRules route(List<RouteAction.UpgradeConfig> messages, Scope scope) {
    var enabled = new HashMap<String, Boolean>();
    var terminatesConnect = false;
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var place = scope.item("upgrade_configs", i);
      terminatesConnect |= message.hasConnectConfig();
      checkConnect(message, place);
      put(
          enabled,
          message.getUpgradeType(),
          !message.hasEnabled() || isTrue(message.getEnabled()),
          place);
    }
    return new UpgradeRules(enabled, terminatesConnect);
  }

  private static void checkConnect(RouteAction.UpgradeConfig message, Scope place) {
    if (!message.hasConnectConfig()) {
      return;
    }
    if (!message.getUpgradeType().equalsIgnoreCase(CONNECT)) {
      place.problem("Non-CONNECT upgrade type " + message.getUpgradeType() + " has ConnectConfig");
    }
    var config = place.field("connect_config");
    config.refuse(message.getConnectConfig().getAllowPost(), "allow_post");
    config.refuse(message.getConnectConfig().hasProxyProtocolConfig(), "proxy_protocol_config");
  }

  private static void put(
      Map<String, Boolean> enabled, String type, boolean isEnabled, Scope place) {
    var key = type.toLowerCase(Locale.ROOT);
    place.refuse(isEnabled && key.equals(CONNECT_UDP), "upgrade_type");
    if (enabled.put(key, isEnabled) != null) {
      place.problem("Error: multiple upgrade configs with the same name: '" + type + "'");
    }
  }

  private static boolean isTrue(BoolValue value) {
    return value.getValue();
  }
}
