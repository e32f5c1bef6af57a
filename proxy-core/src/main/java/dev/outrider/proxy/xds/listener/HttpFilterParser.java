package dev.outrider.proxy.xds.listener;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.HttpFilterEntry;
import dev.outrider.proxy.extension.IgnorableExtensions;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.DiscoveredFilter;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.xds.core.FactoryNames;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ExtensionNeed;
import dev.outrider.proxy.xds.resource.ExtensionNeed.Place;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads the chain of HTTP filters. Filters that did not change are taken over from the version
/// before.
public final class HttpFilterParser {
  private static final String ROUTER = "envoy.extensions.filters.http.router.v3.Router";

  private final ProviderRegistry<HttpFilterFactory> providers;

  public HttpFilterParser(ProviderRegistry<HttpFilterFactory> providers) {
    this.providers = providers;
  }

  /// The chain without its router. Problems are in `scope` when the stage completes, on whatever
  /// thread the last provider completes.
  ///
  /// @param field of `scope` where the chain stands
  /// @param previous the same chain one version earlier
  CompletionStage<List<HttpFilterEntry>> parse(
      List<HttpFilter> messages, Scope scope, String field, List<HttpFilterEntry> previous) {
    checkTerminal(messages, scope, field);
    CompletionStage<List<HttpFilterEntry>> chain =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var place = scope.item(field, i);
      if (wanted(message, place)) {
        // All start at once; their results are put together one by one and in order.
        var entry = entry(message, place, previous);
        chain = chain.thenCombine(entry, (entries, next) -> append(entries, next, scope));
      }
    }
    return chain;
  }

  private static List<HttpFilterEntry> append(
      List<HttpFilterEntry> entries, Parsed<HttpFilterEntry> next, Scope scope) {
    switch (next) {
      case Parsed.Valid<HttpFilterEntry>(var entry) -> entries.add(entry);
      case Parsed.Invalid<HttpFilterEntry>(var problems) -> scope.problems().addAll(problems);
    }
    return entries;
  }

  private static void checkTerminal(List<HttpFilter> messages, Scope scope, String field) {
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var last = i == messages.size() - 1;
      if (last && message.hasConfigDiscovery()) {
        scope
            .item(field, i)
            .problem(
                "Error: filter named %s, whose configuration is discovered, is the last filter in a http filter chain."
                    .formatted(message.getName()));
      } else if (last && !isRouter(message) && !typeName(message).isEmpty()) {
        scope
            .item(field, i)
            .problem(
                "Error: non-terminal filter named %s of type %s is the last filter in a http filter chain."
                    .formatted(message.getName(), FactoryNames.of(typeName(message))));
      } else if (!last && isRouter(message)) {
        scope
            .item(field, i)
            .problem(
                "Error: terminal filter named %s of type %s must be the last filter in a http filter chain."
                    .formatted(message.getName(), FactoryNames.of(typeName(message))));
      }
    }
    if (messages.isEmpty()) {
      scope.problem(field, "a router filter is required at the end of the chain");
    }
  }

  private boolean wanted(HttpFilter message, Scope scope) {
    if (isRouter(message)) {
      checkRouter(message.getTypedConfig(), scope.field("typed_config"));
      return false;
    }
    if (message.hasConfigDiscovery()) {
      return true;
    }
    if (providers.knows(message.getTypedConfig())) {
      return true;
    }
    return !message.getIsOptional() && !IgnorableExtensions.contains(message.getTypedConfig());
  }

  private static void checkRouter(Any config, Scope scope) {
    try {
      var router = Router.parseFrom(config.getValue());
      scope.refuse(router.getUpstreamHttpFiltersCount() > 0, "upstream_http_filters");
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
    }
  }

  private CompletionStage<Parsed<HttpFilterEntry>> entry(
      HttpFilter message, Scope scope, List<HttpFilterEntry> previous) {
    var name = message.getName();
    var config =
        EncodedMessage.take(
            message.hasConfigDiscovery()
                ? message.getConfigDiscovery().toByteArray()
                : message.getTypedConfig().toByteArray());
    var before = before(name, config, previous);
    var disabled = message.getDisabled();
    if (before != null) {
      var entry =
          before.disabled() == disabled
              ? before
              : new HttpFilterEntry(name, before.factory(), config, disabled);
      return CompletableFuture.completedFuture(Parsed.valid(entry));
    }
    if (message.hasConfigDiscovery()) {
      return discovered(message, scope.field("config_discovery"))
          .thenApply(
              parsed ->
                  parsed.then(
                      factory ->
                          Parsed.valid(new HttpFilterEntry(name, factory, config, disabled))));
    }
    return providers
        .parse(message.getTypedConfig(), scope.field("typed_config").context(name))
        .thenApply(
            parsed ->
                parsed.then(
                    factory -> Parsed.valid(new HttpFilterEntry(name, factory, config, disabled))));
  }

  /// A filter whose configuration comes by itself, with the one that counts until then.
  private CompletionStage<Parsed<HttpFilterFactory>> discovered(HttpFilter message, Scope scope) {
    var source = message.getConfigDiscovery();
    var handle = ConfigDiscoveryParser.handle(message.getName(), source);
    if (!source.hasDefaultConfig()) {
      return CompletableFuture.completedFuture(Parsed.valid(new DiscoveredFilter(handle, null)));
    }
    return providers
        .parse(source.getDefaultConfig(), scope.field("default_config").context(message.getName()))
        .thenApply(
            parsed -> parsed.then(factory -> Parsed.valid(new DiscoveredFilter(handle, factory))));
  }

  /// What filters of a chain come as whose configuration comes by itself.
  ///
  /// @param field of `scope` where the chain stands
  static List<ExtensionNeed> needs(List<HttpFilter> messages, Scope scope, String field) {
    var needs = new ArrayList<ExtensionNeed>();
    for (var i = 0; i < messages.size(); i++) {
      if (messages.get(i).hasConfigDiscovery()) {
        needs.add(need(messages.get(i), scope.item(field, i).field("config_discovery")));
      }
    }
    return needs;
  }

  private static ExtensionNeed need(HttpFilter message, Scope scope) {
    var source = message.getConfigDiscovery();
    ConfigDiscoveryParser.requireEarlyDefault(source, scope);
    return ConfigDiscoveryParser.need(message.getName(), source, Place.HTTP, scope);
  }

  private static @Nullable HttpFilterEntry before(
      String name, EncodedMessage config, List<HttpFilterEntry> previous) {
    for (var entry : previous) {
      if (entry.name().equals(name) && entry.typedConfig().equals(config)) {
        return entry;
      }
    }
    return null;
  }

  private static boolean isRouter(HttpFilter message) {
    return typeName(message).equals(ROUTER);
  }

  private static String typeName(HttpFilter message) {
    return ProviderRegistry.typeName(message.getTypedConfig().getTypeUrl());
  }
}
