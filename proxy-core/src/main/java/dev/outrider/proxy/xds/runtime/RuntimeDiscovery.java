package dev.outrider.proxy.xds.runtime;

import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.runtime.RuntimeLayerSpec.Rtds;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource.RuntimeResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.Subscriptions;
import dev.outrider.proxy.xds.stream.AdsClient;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The layers of the runtime that a control plane brings, over the life of the process. They come
/// first: clusters and listeners are asked for when each has been answered, or not in time. Main
/// loop only.
public final class RuntimeDiscovery {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  private final Loop loop;
  private final LayeredRuntime runtime;
  private final Subscriptions subscriptions;
  private final Runnable onAnswered;
  private final List<Rtds> layers;
  private final Set<String> awaited = new LinkedHashSet<>();
  private final Map<String, Held<?>> held = new HashMap<>();

  /// @param onAnswered told when the time is over in which the last was to come
  public RuntimeDiscovery(
      Loop loop, LayeredRuntime runtime, Subscriptions subscriptions, Runnable onAnswered) {
    this.loop = loop;
    this.runtime = runtime;
    this.subscriptions = subscriptions;
    this.onAnswered = onAnswered;
    this.layers =
        runtime.specs().stream().filter(Rtds.class::isInstance).map(Rtds.class::cast).toList();
  }

  /// Asks for them.
  ///
  /// @param client there is one if there are such layers
  public void start(@Nullable AdsClient client) {
    if (client == null || layers.isEmpty()) {
      return;
    }
    for (var layer : layers) {
      awaited.add(layer.resource());
      subscriptions.open(new Subscriptions.Owned("runtime", key(layer.resource())));
      if (layer.timeoutMillis() > 0) {
        Timer timer = loop.timers().newTimer(() -> missed(layer.resource()));
        timer.arm(layer.timeoutMillis());
      }
    }
    client.subscribe(ResourceKind.RUNTIME.typeUrl(), Set.copyOf(awaited), Set.of(), false);
  }

  private static ResourceKey key(String name) {
    return new ResourceKey(ResourceKind.RUNTIME, name);
  }

  /// Whether each was answered or did not come in time.
  public boolean isAnswered() {
    return awaited.isEmpty();
  }

  /// Whether a layer is made of the resource.
  public boolean wants(String name) {
    return layers.stream().anyMatch(layer -> layer.resource().equals(name));
  }

  /// Whether these bytes are what was taken last.
  public boolean holds(String name, EncodedMessage bytes) {
    var last = held.get(name);
    return last != null && last.bytes().equals(bytes);
  }

  /// Takes what came and forgets what is gone. One that was refused leaves its layer as it was, and
  /// is not waited for.
  ///
  /// @param removed names that are gone
  public void take(Outcome outcome, Set<String> removed) {
    outcome
        .arrived()
        .forEach(
            (name, each) -> {
              if (each.value() instanceof RuntimeResource resource) {
                held.put(name, each);
                replace(name, resource);
              }
            });
    for (var name : removed) {
      if (held.remove(name) != null) {
        replace(name, new RuntimeResource(Map.of()));
      }
    }
    awaited.removeAll(outcome.all());
    awaited.removeAll(removed);
  }

  private void replace(String name, RuntimeResource resource) {
    for (var layer : layers) {
      if (layer.resource().equals(name)) {
        runtime.replace(layer.name(), resource.values());
      }
    }
  }

  private void missed(String name) {
    if (awaited.remove(name)) {
      LOG.warn("{} did not come in time; going on without", key(name));
      subscriptions.timedOut(key(name));
      if (awaited.isEmpty()) {
        onAnswered.run();
      }
    }
  }
}
