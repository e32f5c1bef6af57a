package dev.outrider.proxy.admin;

import java.util.List;

/// `/server_info` (Envoy `admin.v3.ServerInfo`).
final class ServerInfoPage {
  private ServerInfoPage() {}

  static AdminResponse of(ServerView server) {
    var json = new JsonText();
    var uptime = server.uptimeSeconds() + "s";
    json.beginObject()
        .name("version")
        .value(server.version())
        .name("state")
        .value(server.state().name())
        .name("uptime_current_epoch")
        .value(uptime)
        .name("uptime_all_epochs")
        .value(uptime)
        .name("hot_restart_version")
        .value("disabled")
        .name("command_line_options")
        .beginObject();
    server.commandLineOptions().forEach((name, value) -> option(json.name(name), value));
    json.endObject()
        .name("node")
        .beginObject()
        .name("id")
        .value(server.nodeId())
        .name("cluster")
        .value(server.nodeCluster())
        .name("user_agent_name")
        .value("outrider")
        .name("extensions")
        .beginArray()
        .endArray()
        .name("client_features")
        .beginArray()
        .endArray()
        .name("listening_addresses")
        .beginArray()
        .endArray()
        .name("dynamic_parameters")
        .beginObject()
        .endObject()
        .endObject()
        .name("hot_restart_initializing")
        .scalar(false)
        .endObject();
    return AdminResponse.json(json.toString());
  }

  private static void option(JsonText json, Object value) {
    if (value instanceof List<?> texts) {
      json.beginArray();
      texts.forEach(text -> json.value(text.toString()));
      json.endArray();
    } else {
      json.scalar(value);
    }
  }
}
