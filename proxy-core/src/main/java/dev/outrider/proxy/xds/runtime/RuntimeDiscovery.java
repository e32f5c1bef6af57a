package dev.outrider.proxy.xds.runtime;

import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.runtime.RuntimeLayerSpec.Rtds;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource.RuntimeResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.Subscriptions;
import dev.outrider.proxy.xds.stream.AdsClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The layers of the runtime that are resources, over the life of the process: from the control
/// plane, from files or from services of their own. They come first: clusters and listeners are
/// asked for when each has been answered, or not in time. Main loop only.
public final class RuntimeDiscovery {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  /// Asks for one that comes from a place of its own.
  public interface Places {
    void open(ResourceKey key);
  }

  private final Loop loop;
  private final LayeredRuntime runtime;
  private final Subscriptions subscriptions;
  private final Runnable onAnswered;
  private final List<Rtds> layers;
  private final Map<ResourceKey, List<Rtds>> byKey = new LinkedHashMap<>();
  private final Set<ResourceKey> awaited = new LinkedHashSet<>();
  private final Map<ResourceKey, Held<?>> held = new HashMap<>();

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
  /// @param sources of layers that do not come from the control plane, by name of the layer
  /// @param client there is one if there are other layers
  public void start(
      Map<String, ResourceSource> sources, @Nullable AdsClient client, Places places) {
    var names = new LinkedHashSet<String>();
    for (var layer : layers) {
      var source = sources.get(layer.name());
      var key = new ResourceKey(ResourceKind.RUNTIME, layer.resource(), source);
      var sharing = byKey.computeIfAbsent(key, _ -> new ArrayList<>());
      sharing.add(layer);
      if (sharing.size() == 1) {
        awaited.add(key);
        subscriptions.open(subscription(key));
      }
      if (layer.timeoutMillis() > 0) {
        Timer timer = loop.timers().newTimer(() -> missed(key));
        timer.arm(layer.timeoutMillis());
      }
      if (source == null) {
        names.add(layer.resource());
      }
    }
    if (client != null && !names.isEmpty()) {
      client.subscribe(ResourceKind.RUNTIME.typeUrl(), names, Set.of(), false);
    }
    for (var key : List.copyOf(byKey.keySet())) {
      if (key.source() != null) {
        places.open(key);
      }
    }
  }

  /// For the statistics: all layers count as one.
  public static Subscriptions.Owned subscription(ResourceKey key) {
    return new Subscriptions.Owned("runtime", key);
  }

  /// Whether each was answered or did not come in time.
  public boolean isAnswered() {
    return awaited.isEmpty();
  }

  /// Whether a layer is made of the resource.
  public boolean wants(ResourceKey key) {
    return byKey.containsKey(key);
  }

  /// Whether these bytes are what was taken last.
  public boolean holds(ResourceKey key, EncodedMessage bytes) {
    var last = held.get(key);
    return last != null && last.bytes().equals(bytes);
  }

  /// Takes what came and forgets what is gone. One that was refused leaves its layer as it was, and
  /// is not waited for.
  ///
  /// @param removed names that are gone
  public void take(Delivery delivery, Outcome outcome, Set<String> removed) {
    outcome
        .arrived()
        .forEach(
            (name, each) -> {
              if (each.value() instanceof RuntimeResource resource) {
                held.put(delivery.key(name), each);
                replace(delivery.key(name), resource);
              }
            });
    for (var name : removed) {
      if (held.remove(delivery.key(name)) != null) {
        replace(delivery.key(name), new RuntimeResource(Map.of()));
      }
    }
    outcome.all().forEach(name -> awaited.remove(delivery.key(name)));
    removed.forEach(name -> awaited.remove(delivery.key(name)));
  }

  /// It cannot be had where it should come from: nobody waits for it.
  public void unavailable(ResourceKey key) {
    subscriptions.failed(key);
    giveUp(key);
  }

  private void replace(ResourceKey key, RuntimeResource resource) {
    for (var layer : byKey.getOrDefault(key, List.of())) {
      runtime.replace(layer.name(), resource.values());
    }
  }

  private void missed(ResourceKey key) {
    if (awaited.contains(key)) {
      LOG.warn("{} did not come in time; going on without", key);
      subscriptions.timedOut(key);
      giveUp(key);
    }
  }

  private void giveUp(ResourceKey key) {
    if (awaited.remove(key) && awaited.isEmpty()) {
      onAnswered.run();
    }
  }
}
