package dev.outrider.proxy.admin;

import dev.outrider.proxy.runtime.RuntimeSnapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// `/runtime` and `/runtime_modify`, as Envoy has them.
record RuntimePage(ServerView server) {
  private static final String MODIFY_HELP =
      "Adds or modifies runtime values as passed in query parameters. To delete a previously added"
          + " key, use an empty string as the value. Note that deletion only applies to overrides"
          + " added via this endpoint; values loaded from disk can be modified via override but"
          + " not deleted. E.g. ?key1=value1&key2=value2...";
  private static final String USAGE =
      """
      usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN
             or send the parameters as form values
      use an empty value to remove a previously added override\
      """;

  List<AdminEndpoint> endpoints() {
    return List.of(
        AdminEndpoint.reading("/runtime", "print runtime values", _ -> of(server.runtime())),
        AdminEndpoint.mutatingLater("/runtime_modify", MODIFY_HELP, this::modify));
  }

  /// What each layer says about each key, and which of it counts.
  private static AdminResponse of(RuntimeSnapshot runtime) {
    var json = new JsonText().beginObject().name("layers").beginArray();
    var keys = new TreeSet<String>();
    for (var layer : runtime.layers()) {
      json.value(layer.name());
      keys.addAll(layer.values().keySet());
    }
    json.endArray().name("entries").beginObject();
    keys.forEach(key -> entry(key, runtime, json));
    return AdminResponse.json(json.endObject().endObject().toString());
  }

  private static void entry(String key, RuntimeSnapshot runtime, JsonText json) {
    var last = "";
    json.name(key).beginObject().name("layer_values").beginArray();
    for (var layer : runtime.layers()) {
      var value = layer.values().get(key);
      var text = value == null ? "" : value.text();
      last = text.isEmpty() ? last : text;
      json.value(text);
    }
    json.endArray().name("final_value").value(last).endObject();
  }

  private CompletionStage<AdminResponse> modify(AdminRequest request) {
    var said = new LinkedHashMap<String, String>();
    request.query().forEach((key, values) -> said.put(key, values.getFirst()));
    if (said.isEmpty()) {
      return CompletableFuture.completedFuture(AdminResponse.text(400, USAGE));
    }
    var changed = server.modifyRuntime(said);
    return changed == null
        ? CompletableFuture.completedFuture(AdminResponse.text(503, "No admin layer specified"))
        : changed.thenApply(_ -> AdminResponse.text("OK\n"));
  }
}
