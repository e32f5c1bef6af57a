package dev.outrider.proxy.admin;

import dev.outrider.proxy.cluster.HostPort;
import java.util.Map;

/// `/listeners`: where each listener is bound (Envoy `admin.v3.Listeners`).
final class ListenersPage {
  private ListenersPage() {}

  static AdminResponse of(AdminRequest request, Map<String, HostPort> addresses) {
    return "json".equals(request.first("format")) ? json(addresses) : text(addresses);
  }

  private static AdminResponse text(Map<String, HostPort> addresses) {
    var text = new StringBuilder();
    addresses.forEach(
        (name, address) -> text.append(name).append("::").append(address).append('\n'));
    return AdminResponse.text(text.toString());
  }

  private static AdminResponse json(Map<String, HostPort> addresses) {
    var json = new JsonText();
    json.beginObject().name("listener_statuses").beginArray();
    addresses.forEach(
        (name, address) ->
            json.beginObject()
                .name("name")
                .value(name)
                .name("local_address")
                .beginObject()
                .name("socket_address")
                .beginObject()
                .name("address")
                .value(address.host())
                .name("port_value")
                .value(address.port())
                .endObject()
                .endObject()
                .endObject());
    return AdminResponse.json(json.endArray().endObject().toString());
  }
}
