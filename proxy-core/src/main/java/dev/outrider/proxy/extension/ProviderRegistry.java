package dev.outrider.proxy.extension;

import com.google.protobuf.Any;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The known providers of one kind of extension, found by the type of their configuration.
/// Immutable.
///
/// @param <F> what the extension's data path is made from
public final class ProviderRegistry<F> {
  private final Map<String, ExtensionProvider<F>> providers;

  public ProviderRegistry(List<? extends ExtensionProvider<F>> providers) {
    var byType = new HashMap<String, ExtensionProvider<F>>();
    for (var provider : providers) {
      for (var type : provider.typeUrls()) {
        if (byType.putIfAbsent(type, provider) != null) {
          throw new IllegalArgumentException("two providers for " + type);
        }
      }
    }
    this.providers = Map.copyOf(byType);
  }

  /// Full names of the configuration messages that have a provider, sorted.
  public Set<String> typeUrls() {
    return new TreeSet<>(providers.keySet());
  }

  public boolean knows(Any config) {
    return providers.containsKey(typeName(config.getTypeUrl()));
  }

  /// Hands `config` to its provider; refuses a type that nobody registered in Envoy's words.
  public CompletionStage<Parsed<F>> parse(Any config, ParseContext context) {
    var provider = providers.get(typeName(config.getTypeUrl()));
    if (provider == null) {
      return CompletableFuture.completedFuture(
          Parsed.invalid(context.problem("", unregistered(context.name(), config.getTypeUrl()))));
    }
    return provider.parse(config, context);
  }

  /// The message's full name: what follows the last `/` of a type URL.
  public static String typeName(String typeUrl) {
    return typeUrl.substring(typeUrl.lastIndexOf('/') + 1);
  }

  private static String unregistered(String name, String typeUrl) {
    return "Didn't find a registered implementation for '"
        + name
        + "' with type URL: '"
        + typeName(typeUrl)
        + "'";
  }
}
