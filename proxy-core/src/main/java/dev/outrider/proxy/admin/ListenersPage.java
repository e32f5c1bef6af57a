package dev.outrider.proxy.admin;

import dev.outrider.proxy.cluster.HostPort;
import java.util.List;
import java.util.Map;

/// `/listeners`: where each listener is bound (Envoy `admin.v3.Listeners`).
final class ListenersPage {
  private ListenersPage() {}

  static AdminResponse of(AdminRequest request, Map<String, List<HostPort>> addresses) {
    return "json".equals(request.first("format")) ? json(addresses) : text(addresses);
  }

  private static AdminResponse text(Map<String, List<HostPort>> addresses) {
    var text = new StringBuilder();
    addresses.forEach(
        (name, all) ->
            all.forEach(address -> text.append(name).append("::").append(address).append('\n')));
    return AdminResponse.text(text.toString());
  }

  private static AdminResponse json(Map<String, List<HostPort>> addresses) {
    var json = new JsonText();
    json.beginObject().name("listener_statuses").beginArray();
    addresses.forEach((name, all) -> status(name, all, json));
    return AdminResponse.json(json.endArray().endObject().toString());
  }

  private static void status(String name, List<HostPort> addresses, JsonText json) {
    json.beginObject().name("name").value(name).name("local_address");
    address(addresses.getFirst(), json);
    if (addresses.size() > 1) {
      json.name("additional_local_addresses").beginArray();
      addresses.subList(1, addresses.size()).forEach(address -> address(address, json));
      json.endArray();
    }
    json.endObject();
  }

  /// `core.v3.Address`.
  private static void address(HostPort address, JsonText json) {
    json.beginObject();
    if (address.isPipe()) {
      json.name("pipe").beginObject().name("path").value(address.host());
    } else {
      json.name("socket_address")
          .beginObject()
          .name("address")
          .value(address.host())
          .name("port_value")
          .value(address.port());
    }
    json.endObject().endObject();
  }
}
