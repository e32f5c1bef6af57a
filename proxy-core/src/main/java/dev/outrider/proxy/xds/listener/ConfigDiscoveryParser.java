package dev.outrider.proxy.xds.listener;

import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.ExtensionNeed;
import dev.outrider.proxy.xds.resource.ExtensionNeed.Place;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import java.util.stream.Collectors;

/// Reads `core.v3.ExtensionConfigSource` of a filter: where its configuration comes from.
final class ConfigDiscoveryParser {

  private ConfigDiscoveryParser() {}

  /// What the filter `name` comes as.
  ///
  /// @param scope of the source
  static ExtensionNeed need(String name, ExtensionConfigSource source, Place place, Scope scope) {
    var types =
        source.getTypeUrlsList().stream()
            .map(ProviderRegistry::typeName)
            .collect(Collectors.toSet());
    var defaultType = ProviderRegistry.typeName(source.getDefaultConfig().getTypeUrl());
    if (source.hasDefaultConfig() && !types.contains(defaultType)) {
      scope.problem(
          "default_config", "is of type '" + defaultType + "', which is not in type_urls");
    }
    return new ExtensionNeed(
        ConfigSources.target(
            ResourceKind.EXTENSION,
            name,
            false,
            source.getConfigSource(),
            scope.field("config_source")),
        types,
        place,
        !source.getApplyDefaultConfigWithoutWarming());
  }

  /// By which workers know what came.
  static String handle(String name, ExtensionConfigSource source) {
    return need(name, source, Place.HTTP, Scope.of("")).target().key().handle();
  }

  /// There must be a default if it is to serve at once.
  static void requireEarlyDefault(ExtensionConfigSource source, Scope scope) {
    if (source.getApplyDefaultConfigWithoutWarming() && !source.hasDefaultConfig()) {
      scope.problem("apply_default_config_without_warming", "there is no default_config");
    }
  }
}
