package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.config.NetworkFilterEntry;
import dev.outrider.proxy.extension.IgnorableExtensions;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.network.DiscoveredNetworkFilter;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ExtensionNeed;
import dev.outrider.proxy.xds.resource.ExtensionNeed.Place;
import dev.outrider.proxy.xds.resource.FilterPlaces;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
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
      // All start at once; their results are put together one by one and in order.
      if (message.hasConfigDiscovery()) {
        chain = then(chain, discovered(message, last, place, previous), message, last, place);
      } else if (last || !IgnorableExtensions.contains(message.getTypedConfig())) {
        chain = then(chain, entry(message, place, previous), message, last, place);
      }
    }
    return chain;
  }

  private static CompletionStage<List<NetworkFilterEntry>> then(
      CompletionStage<List<NetworkFilterEntry>> chain,
      CompletionStage<Parsed<NetworkFilterEntry>> next,
      Filter message,
      boolean last,
      Scope place) {
    return chain.thenCombine(
        next, (entries, entry) -> append(entries, entry, message, last, place));
  }

  /// What filters of a chain come as whose configuration comes by itself.
  ///
  /// @param ended whether a connection manager follows
  static List<ExtensionNeed> needs(List<Filter> messages, boolean ended, Scope scope) {
    var needs = new ArrayList<ExtensionNeed>(0);
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      if (message.hasConfigDiscovery()) {
        var last = !ended && i == messages.size() - 1;
        needs.add(
            ConfigDiscoveryParser.need(
                message.getName(),
                message.getConfigDiscovery(),
                last ? Place.NETWORK_END : Place.NETWORK,
                scope.item("filters", i).field("config_discovery")));
      }
    }
    return needs;
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
    checkPlace(message.getName(), typeName(message), terminal, last, scope);
  }

  private static void checkPlace(
      String name, String type, boolean terminal, boolean last, Scope scope) {
    var wrong = FilterPlaces.wrong(name, type, terminal, last);
    if (wrong != null) {
      scope.problem(wrong);
    }
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

  /// A filter whose configuration comes by itself, with the one that counts until then.
  private CompletionStage<Parsed<NetworkFilterEntry>> discovered(
      Filter message, boolean last, Scope scope, @Nullable FilterChain previous) {
    var name = message.getName();
    var source = message.getConfigDiscovery();
    var config = EncodedMessage.take(source.toByteArray());
    var before = before(name, config, previous);
    if (before != null && before.factory().terminal() == last) {
      return CompletableFuture.completedFuture(Parsed.valid(before));
    }
    var place = scope.field("config_discovery");
    refuseConnectionManager(source, place);
    var handle = ConfigDiscoveryParser.handle(name, source);
    if (!source.hasDefaultConfig()) {
      return CompletableFuture.completedFuture(
          Parsed.valid(entry(name, handle, null, last, config)));
    }
    var type = ProviderRegistry.typeName(source.getDefaultConfig().getTypeUrl());
    var inner = place.field("default_config");
    return providers
        .parse(source.getDefaultConfig(), inner.context(name))
        .thenApply(
            parsed ->
                parsed.then(
                    factory -> {
                      var wrong = FilterPlaces.wrong(name, type, factory.terminal(), last);
                      return wrong == null
                          ? Parsed.valid(entry(name, handle, factory, last, config))
                          : Parsed.invalid(inner.context(name).problem("", wrong));
                    }));
  }

  private static NetworkFilterEntry entry(
      String name,
      String handle,
      @Nullable NetworkFilterFactory fallback,
      boolean last,
      EncodedMessage config) {
    return new NetworkFilterEntry(
        name, new DiscoveredNetworkFilter(handle, fallback, last), config);
  }

  /// It is more than a network filter here.
  private static void refuseConnectionManager(ExtensionConfigSource source, Scope scope) {
    for (var i = 0; i < source.getTypeUrlsCount(); i++) {
      var type = ProviderRegistry.typeName(source.getTypeUrls(i));
      if (type.equals(FilterChainParser.HCM)) {
        scope
            .item("type_urls", i)
            .problem(
                "'" + type + "' is not supported: a connection manager does not come by itself");
      }
    }
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
