package dev.outrider.proxy.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.expression.ExpressionEngine;
import dev.outrider.proxy.expression.ExpressionTraces;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.xds.resource.Delivery;
import dev.outrider.proxy.xds.resource.Delivery.Outcome;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes the resources of a delivery to values, with every problem found on the way. Main loop
/// only; waits for providers that work elsewhere.
final class ResourceIntake {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final String WRAPPER = "envoy.service.discovery.v3.Resource";

  /// What is known about resources that were accepted before.
  interface Known {

    /// Whether these bytes are what was accepted last.
    boolean holds(ResourceKey key, EncodedMessage bytes);

    /// The value accepted last.
    @Nullable Resource newest(ResourceKey key);

    /// Whether a control plane may send the resource: it was asked for and is not a static one.
    boolean wants(ResourceKey key);
  }

  private final Loop loop;
  private final Executor background;
  private final Known known;
  private boolean compilesFast;

  /// @param background loads what compiles expressions, before the first one comes
  ResourceIntake(Loop loop, Executor background, Known known) {
    this.loop = loop;
    this.background = background;
    this.known = known;
  }

  /// Hands the outcome to `done` once every resource is judged: within this call if no provider has
  /// to work elsewhere, and nothing has to be loaded.
  void take(ResourceType<?> type, Delivery delivery, Consumer<Outcome> done) {
    loop.assertOnLoop();
    new Work<>(type, delivery, done).start();
  }

  private void onLoop(Runnable task) {
    if (loop.onLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  /// One delivery while it is being worked on.
  private final class Work<T extends Resource> {
    private final ResourceType<T> type;
    private final Delivery delivery;
    private final Consumer<Outcome> done;
    private final Map<String, Item> items = new LinkedHashMap<>();
    private final Map<String, List<ConfigProblem>> refused = new LinkedHashMap<>();
    private final Set<String> kept = new LinkedHashSet<>();
    private boolean compiles;
    private int open;

    Work(ResourceType<T> type, Delivery delivery, Consumer<Outcome> done) {
      this.type = type;
      this.delivery = delivery;
      this.done = done;
    }

    void start() {
      try {
        for (var resource : delivery.resources()) {
          var body = resource.resource();
          if (body == null) {
            kept.add(resource.name());
          } else {
            read(unwrap(body), resource.version());
          }
        }
      } catch (InvalidProtocolBufferException e) {
        done.accept(Outcome.broken(String.valueOf(e.getMessage())));
        return;
      }
      if (compiles && !compilesFast) { // the first expression takes longer than a loop may
        var _ =
            CompletableFuture.runAsync(ExpressionEngine::warmUp, background)
                .whenComplete((_, _) -> onLoop(this::judgeAll)); // a failure shows in the parser
      } else {
        judgeAll();
      }
    }

    private void judgeAll() {
      compilesFast |= compiles;
      // One more than there are, so that the end does not come before all have started.
      open = items.size() + 1;
      items.values().forEach(Item::judge);
      closeOne();
    }

    private Any unwrap(Any resource) throws InvalidProtocolBufferException {
      if (!ProviderRegistry.typeName(resource.getTypeUrl()).equals(WRAPPER)) {
        return resource;
      }
      var wrapper =
          io.envoyproxy.envoy.service.discovery.v3.Resource.parseFrom(resource.getValue());
      if (wrapper.hasTtl()) {
        throw new InvalidProtocolBufferException(
            "resource '%s' has a ttl, which is not supported where it comes from"
                .formatted(wrapper.getName()));
      }
      return wrapper.getResource();
    }

    private void read(Any resource, String version) throws InvalidProtocolBufferException {
      if (!ProviderRegistry.typeName(resource.getTypeUrl()).equals(type.kind().messageName())) {
        throw new InvalidProtocolBufferException(
            "a response of type %s contains a resource of type %s"
                .formatted(type.kind().typeUrl(), resource.getTypeUrl()));
      }
      var message = type.decode(resource.getValue());
      var key = delivery.key(message.name());
      var raw = resource.getValue().toByteArray();
      compiles |= mayCompile() && ExpressionTraces.in(raw);
      var bytes = EncodedMessage.take(raw);
      if (items.putIfAbsent(key.name(), new Item(key, message, bytes, version)) != null) {
        refuse(
            key.name(),
            List.of(new ConfigProblem(key.toString(), "", type.kind().duplicate(key.name()))));
      }
    }

    private boolean mayCompile() {
      return switch (type.kind()) {
        case LISTENER, ROUTES, EXTENSION, SCOPE -> !compilesFast;
        case CLUSTER, ENDPOINTS, SECRET, RUNTIME, LOCALITY, VIRTUAL_HOST -> false;
      };
    }

    private void refuse(String name, List<ConfigProblem> problems) {
      refused.computeIfAbsent(name, _ -> new ArrayList<>()).addAll(problems);
    }

    private void closeOne() {
      open--;
      if (open == 0) {
        done.accept(outcome());
      }
    }

    private Outcome outcome() {
      var arrived = new LinkedHashMap<String, Held<?>>();
      var unchanged = new LinkedHashSet<String>();
      for (var name : kept) {
        if (known.newest(delivery.key(name)) != null) {
          unchanged.add(name);
        }
      }
      for (var item : items.values()) {
        switch (item.result) {
          case Parsed.Valid<T>(var value) -> {
            if (!refused.containsKey(item.key.name())) { // which of a pair is meant, nobody knows
              arrived.put(item.key.name(), held(value, item));
            }
          }
          case Parsed.Invalid<T>(var problems) -> refuse(item.key.name(), problems);
          case null -> {
            if (item.unchanged && !refused.containsKey(item.key.name())) {
              unchanged.add(item.key.name());
            }
          }
        }
      }
      return new Outcome(arrived, unchanged, refused, null);
    }

    private Held<T> held(T value, Item item) {
      return new Held<>(
          value, item.bytes, delivery.origin(), item.version, loop.clock().epochMicros());
    }

    /// One resource of the delivery.
    private final class Item {
      private final ResourceKey key;
      private final ResourceType.Message<T> message;
      private final EncodedMessage bytes;
      private final String version;
      private @Nullable Parsed<T> result;
      private boolean unchanged;

      Item(ResourceKey key, ResourceType.Message<T> message, EncodedMessage bytes, String version) {
        this.key = key;
        this.message = message;
        this.bytes = bytes;
        this.version = version;
      }

      void judge() {
        if (delivery.origin() == ConfigOrigin.DYNAMIC && !known.wants(key)) {
          LOG.info("ignored {}: not asked for, or a static one", key);
          closeOne();
        } else if (known.holds(key, bytes)) {
          unchanged = true;
          closeOne();
        } else {
          parse();
        }
      }

      private void parse() {
        var _ = parsed().whenComplete((result, failure) -> onLoop(() -> finish(result, failure)));
      }

      /// A parser that fails at once fails for this resource only: the response is answered.
      private CompletionStage<Parsed<T>> parsed() {
        try {
          return message.parse(delivery.origin(), newest());
        } catch (RuntimeException failure) {
          return CompletableFuture.failedFuture(failure);
        }
      }

      @SuppressWarnings("unchecked") // the newest value under a key is of the key's kind
      private @Nullable T newest() {
        return (T) known.newest(key);
      }

      private void finish(@Nullable Parsed<T> parsed, @Nullable Throwable failure) {
        if (parsed != null) {
          result = parsed;
        } else {
          LOG.error("parsing {} failed", key, failure);
          result =
              Parsed.invalid(new ConfigProblem(key.toString(), "", "internal error: " + failure));
        }
        closeOne();
      }
    }
  }
}
