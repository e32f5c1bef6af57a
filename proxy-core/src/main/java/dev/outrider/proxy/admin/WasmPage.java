package dev.outrider.proxy.admin;

import dev.outrider.proxy.wasm.PluginReport;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/wasm`: what each plugin is, needs and costs. Not in Envoy.
record WasmPage(ServerView server) {
  List<AdminEndpoint> endpoints() {
    return List.of(
        AdminEndpoint.reading(
                "/wasm", "print Wasm modules, VMs and plugins (not in Envoy)", this::page)
            .with(AdminParameter.oneOf("format", "Format to use", "text", "json")));
  }

  private AdminResponse page(AdminRequest request) {
    var plugins =
        server.plugins().stream()
            .sorted(Comparator.comparing(PluginReport::name).thenComparing(PluginReport::rootId))
            .toList();
    var format = request.first("format");
    return switch (format == null ? "text" : format) {
      case "text" -> AdminResponse.text(text(plugins));
      case "json" -> AdminResponse.json(json(plugins));
      default -> AdminResponse.text(400, "usage: /wasm?format=(text|json)\n");
    };
  }

  /// A line for each fact, as in `/clusters`.
  private static String text(List<PluginReport> plugins) {
    var text = new StringBuilder();
    for (var plugin : plugins) {
      facts(plugin)
          .forEach(
              (name, value) ->
                  text.append(plugin.name() + "::" + name + "::" + (value == null ? "-" : value))
                      .append('\n'));
    }
    return text.toString();
  }

  private static String json(List<PluginReport> plugins) {
    var json = new JsonText();
    json.beginObject().name("plugins").beginArray();
    for (var plugin : plugins) {
      json.beginObject().name("name").value(plugin.name());
      facts(plugin)
          .forEach(
              (name, value) -> {
                if (value != null) {
                  json.name(name).scalar(value);
                }
              });
      json.endObject();
    }
    return json.endArray().endObject().toString();
  }

  /// In the order of the page; null = not known yet.
  private static Map<String, @Nullable Object> facts(PluginReport plugin) {
    var facts = new LinkedHashMap<String, @Nullable Object>();
    facts.put("root_id", plugin.rootId());
    facts.put("vm_id", plugin.vmId());
    facts.put("module", plugin.module().name());
    facts.put("module_sha256", plugin.module().sha256());
    facts.put("abi_version", plugin.module().abi());
    facts.put("interpreted_functions", plugin.module().interpretedFunctions());
    facts.put("vms", plugin.vms());
    facts.put("memory_bytes", plugin.memoryBytes());
    facts.put("callbacks", plugin.calls().callbacks());
    facts.put("host_calls", plugin.calls().hostCalls());
    facts.put("callback_us_p50", micros(plugin.calls().medianMicros()));
    facts.put("callback_us_p99", micros(plugin.calls().p99Micros()));
    facts.put("callback_us_max", micros(plugin.calls().longestMicros()));
    facts.put("guest_failures", plugin.failures().all());
    facts.put("guest_timeouts", plugin.failures().timeouts());
    facts.put("guest_out_of_memory", plugin.failures().outOfMemory());
    facts.put("vm_reloads", plugin.failures().reloads());
    facts.put("vm_crash_loops", plugin.failures().crashLoops());
    return facts;
  }

  private static @Nullable Object micros(double value) {
    return Double.isNaN(value) ? null : new BigDecimal(value).setScale(1, RoundingMode.HALF_UP);
  }
}
