package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.extension.IgnorableExtensions;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.xds.core.FactoryNames;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads the network filters of a chain, all but its HTTP connection manager. Filters that did not
/// change are taken over from the version before.
public final class NetworkFilterParser {
  private final ProviderRegistry<NetworkFilterFactory> providers;

  public NetworkFilterParser(ProviderRegistry<NetworkFilterFactory> providers) {
    this.providers = providers;
  }

  /// Problems are in `scope` when the stage completes, on whatever thread the last provider
  /// completes.
  ///
  /// @param messages the filters of a chain, without the connection manager that ends it
  /// @param ended whether there is one
  CompletionStage<List<NetworkFilterEntry>> parse(
      List<Filter> messages, boolean ended, Scope scope, @Nullable FilterChain previous) {
    CompletionStage<List<NetworkFilterEntry>> chain =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var place = scope.item("filters", i);
      var last = !ended && i == messages.size() - 1;
      if (message.hasConfigDiscovery()) {
        place.refuse(true, "config_discovery");
      } else if (last || !IgnorableExtensions.contains(message.getTypedConfig())) {
        // All start at once; their results are put together one by one and in order.
        var entry = entry(message, place, previous);
        chain =
            chain.thenCombine(
                entry, (entries, next) -> append(entries, next, message, last, place));
      }
    }
    return chain;
  }

  private static List<NetworkFilterEntry> append(
      List<NetworkFilterEntry> entries,
      Parsed<NetworkFilterEntry> next,
      Filter message,
      boolean last,
      Scope scope) {
    switch (next) {
      case Parsed.Valid<NetworkFilterEntry>(var entry) -> {
        entries.add(entry);
        checkPlace(message, entry.factory().terminal(), last, scope);
      }
      case Parsed.Invalid<NetworkFilterEntry>(var problems) -> scope.problems().addAll(problems);
    }
    return entries;
  }

  /// In Envoy's words.
  static void checkPlace(Filter message, boolean terminal, boolean last, Scope scope) {
    if (terminal == last) {
      return;
    }
    var text =
        terminal
            ? "Error: terminal filter named %s of type %s must be the last filter in a network"
                + " filter chain."
            : "Error: non-terminal filter named %s of type %s is the last filter in a network"
                + " filter chain.";
    scope.problem(text.formatted(message.getName(), FactoryNames.of(typeName(message))));
  }

  static String typeName(Filter message) {
    return ProviderRegistry.typeName(message.getTypedConfig().getTypeUrl());
  }

  private CompletionStage<Parsed<NetworkFilterEntry>> entry(
      Filter message, Scope scope, @Nullable FilterChain previous) {
    var name = message.getName();
    var config = EncodedMessage.take(message.getTypedConfig().toByteArray());
    var before = before(name, config, previous);
    if (before != null) {
      return CompletableFuture.completedFuture(Parsed.valid(before));
    }
    var place = providers.knows(message.getTypedConfig()) ? scope.field("typed_config") : scope;
    return providers
        .parse(message.getTypedConfig(), place.context(name))
        .thenApply(
            parsed ->
                parsed.then(
                    factory -> Parsed.valid(new NetworkFilterEntry(name, factory, config))));
  }

  private static @Nullable NetworkFilterEntry before(
      String name, EncodedMessage config, @Nullable FilterChain previous) {
    if (previous == null) {
      return null;
    }
    for (var entry : previous.filters()) {
      if (entry.name().equals(name) && entry.typedConfig().equals(config)) {
        return entry;
      }
    }
    return null;
  }
}
