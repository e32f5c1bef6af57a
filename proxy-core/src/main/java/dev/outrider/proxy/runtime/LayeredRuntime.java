package dev.outrider.proxy.runtime;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The layers of this process and what stands in them now. Every change becomes a snapshot, which
/// is published at once. Main loop only.
public final class LayeredRuntime {
  private static final List<RuntimeLayerSpec> DEFAULT = List.of(new RuntimeLayerSpec.Admin(""));

  /// Gives a snapshot to every loop.
  public interface Publisher {

    /// Completes on the main loop when all have it.
    CompletionStage<?> publish(RuntimeSnapshot snapshot);
  }

  private final Loop loop;
  private final List<RuntimeLayerSpec> specs;
  private final Publisher publisher;
  private final Stats stats;
  private final UnreadKeys unread = new UnreadKeys();
  private final Map<String, Map<String, RuntimeValue>> values = new HashMap<>();
  private RuntimeSnapshot current = RuntimeSnapshot.EMPTY;

  /// @param specs with names of their own; if there are none, there is one for the operator
  public LayeredRuntime(
      Loop loop, MetricRegistry registry, List<RuntimeLayerSpec> specs, Publisher publisher) {
    this.loop = loop;
    this.specs = specs.isEmpty() ? DEFAULT : List.copyOf(specs);
    this.publisher = publisher;
    this.stats = new Stats(registry);
    for (var spec : this.specs) {
      if (spec instanceof RuntimeLayerSpec.Fixed(var name, var fixed)) {
        values.put(name, fixed);
      } else if (!(spec instanceof RuntimeLayerSpec.Disk)) { // which there may not be
        values.put(spec.name(), Map.of());
      }
    }
  }

  public List<RuntimeLayerSpec> specs() {
    return specs;
  }

  public RuntimeSnapshot current() {
    loop.assertOnLoop();
    return current;
  }

  /// Publishes what there is.
  public CompletionStage<?> start() {
    return publish(false);
  }

  /// A layer is another now.
  ///
  /// @param content null = there is no such layer: its folder is missing
  public CompletionStage<?> replace(String layer, @Nullable Map<String, RuntimeValue> content) {
    loop.assertOnLoop();
    if (content == null) {
      values.remove(layer);
    } else {
      values.put(layer, content);
    }
    return publish(false);
  }

  /// A layer could not be read: it is left out.
  public CompletionStage<?> broken(String layer) {
    loop.assertOnLoop();
    values.remove(layer);
    return publish(true);
  }

  /// What an operator says: texts by key, of which an empty one takes back what was said before.
  /// Null if there is no layer for it.
  public @Nullable CompletionStage<?> merge(Map<String, String> said) {
    loop.assertOnLoop();
    var admin = admin();
    if (admin == null) {
      return null;
    }
    var all = new LinkedHashMap<>(values.getOrDefault(admin, Map.of()));
    said.forEach(
        (key, text) -> {
          all.remove(key);
          if (!text.isEmpty()) {
            all.put(key, RuntimeValue.ofText(text));
          }
        });
    stats.adminOverrides.set(all.isEmpty() ? 0 : 1);
    return replace(admin, all);
  }

  private @Nullable String admin() {
    for (var spec : specs) {
      if (spec instanceof RuntimeLayerSpec.Admin(var name)) {
        return name;
      }
    }
    return null;
  }

  private CompletionStage<?> publish(boolean failed) {
    var layers = new ArrayList<RuntimeLayer>();
    var folders = 0;
    for (var spec : specs) {
      var content = values.get(spec.name());
      if (content != null) {
        layers.add(new RuntimeLayer(spec.name(), content));
        folders += spec instanceof RuntimeLayerSpec.Disk ? 1 : 0;
      }
    }
    current = new RuntimeSnapshot(layers);
    (failed ? stats.loadError : stats.loadSuccess).inc();
    (folders > 1 ? stats.overrideDirExists : stats.overrideDirNotExists).inc(); // as Envoy counts
    stats.keys.set(current.values().size());
    stats.layers.set(layers.size());
    unread.report(current);
    return publisher.publish(current);
  }

  /// `runtime.*`, with Envoy's names.
  private static final class Stats {
    final Gauge adminOverrides;
    final Counter loadError;
    final Counter loadSuccess;
    final Gauge keys;
    final Gauge layers;
    final Counter overrideDirExists;
    final Counter overrideDirNotExists;

    Stats(MetricRegistry registry) {
      adminOverrides = registry.gauge("runtime.admin_overrides_active");
      registry.gauge("runtime.deprecated_feature_seen_since_process_start");
      registry.counter("runtime.deprecated_feature_use"); // there are none here
      loadError = registry.counter("runtime.load_error");
      loadSuccess = registry.counter("runtime.load_success");
      keys = registry.gauge("runtime.num_keys");
      layers = registry.gauge("runtime.num_layers");
      overrideDirExists = registry.counter("runtime.override_dir_exists");
      overrideDirNotExists = registry.counter("runtime.override_dir_not_exists");
    }
  }
}
