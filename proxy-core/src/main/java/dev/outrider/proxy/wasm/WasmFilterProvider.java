package dev.outrider.proxy.wasm;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.FilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.ModuleRefusedException;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/// Makes filters of `envoy.filters.http.wasm` (Envoy `extensions.filters.http.wasm.v3.Wasm`).
///
/// The configuration is accepted when the module has been compiled and a VM for every worker has
/// started and taken its configuration, all in the background; so a guest that refuses its
/// configuration refuses the resource. Equal configuration gives the factory made before, with its
/// VMs. VMs of a configuration that no worker ever took (another part of its resource was refused)
/// are kept for the next attempt, those of [#MOST_WAITING] configurations at most.
public final class WasmFilterProvider implements FilterProvider {
  private static final String TYPE = "envoy.extensions.filters.http.wasm.v3.Wasm";
  private static final int MOST_WAITING = 16;
  private static final Loaded NOT_YET = new Refused("not loaded yet");

  private final Map<ByteString, CompletableFuture<Loaded>> known = new ConcurrentHashMap<>();
  private final Queue<Ready> waiting = new ConcurrentLinkedQueue<>();
  private final ModuleCache modules;
  private final int workers;
  private final MetricRegistry metrics;
  private final GuestServices services;
  private final Executor background;

  /// Without a node to name and without compiled modules on disk.
  ///
  /// @param workers how many VMs a plugin needs
  /// @param background may block; compiling takes seconds
  public WasmFilterProvider(int workers, Clock clock, MetricRegistry metrics, Executor background) {
    this(workers, clock, metrics, background, WasmOptions.DEFAULT);
  }

  public WasmFilterProvider(
      int workers, Clock clock, MetricRegistry metrics, Executor background, WasmOptions options) {
    this.workers = workers;
    this.metrics = metrics;
    this.services = GuestServices.of(clock, metrics, background, options.node());
    this.modules = new ModuleCache(options.compiledModules());
    this.background = background;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<HttpFilterFactory>> parse(Any config, ParseContext context) {
    Parsed<PluginSettings> settings;
    try {
      settings = PluginConfigParser.parse(Wasm.parseFrom(config.getValue()).getConfig(), context);
    } catch (InvalidProtocolBufferException malformed) {
      return CompletableFuture.completedFuture(
          Parsed.invalid(context.problem("", "is not a " + TYPE + ": " + malformed.getMessage())));
    }
    return switch (settings) {
      case Parsed.Invalid<PluginSettings> invalid ->
          CompletableFuture.completedFuture(invalid.as());
      case Parsed.Valid<PluginSettings>(var valid) ->
          loaded(config.getValue(), valid).thenApply(outcome -> parsed(outcome, valid, context));
    };
  }

  private CompletableFuture<Loaded> loaded(ByteString key, PluginSettings settings) {
    var mine = new CompletableFuture<Loaded>();
    var before = known.putIfAbsent(key, mine);
    if (before != null) {
      return before.thenCompose(this::completed);
    }
    background.execute(() -> mine.complete(load(key, settings)));
    return mine;
  }

  /// A configuration that comes back while some workers have let go of it already: they must not be
  /// without a VM while they start one of their own.
  private CompletionStage<Loaded> completed(Loaded outcome) {
    if (!(outcome instanceof Ready(_, var factory)) || factory.missing(workers) <= 0) {
      return CompletableFuture.completedFuture(outcome);
    }
    return CompletableFuture.supplyAsync(() -> prepareMissing(outcome, factory), background);
  }

  private Loaded prepareMissing(Loaded outcome, WasmFilterFactory factory) {
    try {
      while (factory.missing(workers) > 0) {
        factory.prepare();
      }
      return outcome;
    } catch (GuestFailureException failed) {
      return new Refused(String.valueOf(failed.getMessage()));
    }
  }

  private static Parsed<HttpFilterFactory> parsed(
      Loaded outcome, PluginSettings settings, ParseContext context) {
    return switch (outcome) {
      case Ready(_, var factory) -> new Parsed.Valid<>(factory);
      case Refused(var why) ->
          Parsed.invalid(
              context.problem(
                  "config", "Unable to create Wasm plugin " + settings.name() + ": " + why));
    };
  }

  private Loaded load(ByteString key, PluginSettings settings) {
    try {
      var module = modules.load(settings.name(), settings.code());
      var stats = PluginStats.of(metrics, settings.name());
      var factory = new WasmFilterFactory(settings, module, services, stats, new Keeper(key));
      stats.interpretedFunctions().add(module.interpretedFunctions().size());
      prepareAll(factory);
      return keep(new Ready(key, factory));
    } catch (ModuleRefusedException refused) {
      return refuse(key, String.valueOf(refused.getMessage()));
    } catch (GuestFailureException failed) {
      return refuse(key, String.valueOf(failed.getMessage()));
    } catch (RuntimeException | Error bug) { // the control plane must get its answer all the same
      GuestLogSink.LOG.error("wasm plugin {}: cannot be loaded", settings.name(), bug);
      return refuse(key, "internal error: " + bug);
    }
  }

  private void prepareAll(WasmFilterFactory factory) {
    var complete = false;
    try {
      for (int worker = 0; worker < workers; worker++) {
        factory.prepare();
      }
      complete = true;
    } finally {
      if (!complete) {
        factory.discardPrepared();
      }
    }
  }

  private Loaded refuse(ByteString key, String why) {
    known.remove(key); // the file may be another one next time
    return new Refused(why);
  }

  private Loaded keep(Ready ready) {
    waiting.add(ready);
    while (waiting.size() > MOST_WAITING) {
      var oldest = waiting.poll();
      if (oldest != null) {
        forget(oldest.key(), oldest.factory());
        oldest.factory().discardPrepared();
      }
    }
    return ready;
  }

  /// Unless an equal configuration has made another factory since.
  private void forget(ByteString key, WasmFilterFactory factory) {
    known.computeIfPresent(
        key,
        (_, outcome) ->
            outcome.getNow(NOT_YET) instanceof Ready(_, var current) && current == factory
                ? null
                : outcome);
  }

  /// What became of one configuration.
  private sealed interface Loaded {}

  private record Ready(ByteString key, WasmFilterFactory factory) implements Loaded {}

  private record Refused(String why) implements Loaded {}

  private final class Keeper implements WasmFilterFactory.Home {
    private final ByteString key;

    Keeper(ByteString key) {
      this.key = key;
    }

    @Override
    public void adopted(WasmFilterFactory factory) {
      waiting.removeIf(ready -> ready.factory() == factory);
    }

    @Override
    public void unused(WasmFilterFactory factory) {
      forget(key, factory);
    }

    @Override
    public Executor background() {
      return background;
    }
  }
}
