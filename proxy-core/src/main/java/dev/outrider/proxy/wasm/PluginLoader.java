package dev.outrider.proxy.wasm;

import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.wasm.WasmPlugins.Loaded;
import io.envoyproxy.envoy.extensions.wasm.v3.PluginConfig;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// From a `PluginConfig` in whatever message to an accepted plugin, or the reasons why not: what
/// all extension points have in common. On the main loop; never blocks.
final class PluginLoader {
  private final WasmPlugins plugins;

  PluginLoader(WasmPlugins plugins) {
    this.plugins = plugins;
  }

  /// A plugin for every worker.
  ///
  /// @param door what the extension point takes of the plugin
  <T> CompletionStage<Parsed<T>> load(
      PluginConfig config, ParseContext context, Function<WasmPlugin, T> door) {
    return load(config, context, plugins.workers(), door);
  }

  /// @param where indexes of the loops that will run it
  <T> CompletionStage<Parsed<T>> load(
      PluginConfig config, ParseContext context, Set<Integer> where, Function<WasmPlugin, T> door) {
    return switch (PluginConfigParser.parse(config, context)) {
      case Parsed.Invalid<PluginSettings> invalid ->
          CompletableFuture.completedFuture(invalid.as());
      case Parsed.Valid<PluginSettings>(var settings) ->
          plugins
              .load(config.toByteString(), settings, where)
              .thenApply(outcome -> parsed(outcome, settings, context, door));
    };
  }

  private static <T> Parsed<T> parsed(
      Loaded outcome, PluginSettings settings, ParseContext context, Function<WasmPlugin, T> door) {
    return switch (outcome) {
      case Loaded.Ready(var plugin) -> new Parsed.Valid<>(door.apply(plugin));
      case Loaded.Refused(var why) ->
          Parsed.invalid(
              context.problem(
                  "config", "Unable to create Wasm plugin " + settings.name() + ": " + why));
    };
  }
}
