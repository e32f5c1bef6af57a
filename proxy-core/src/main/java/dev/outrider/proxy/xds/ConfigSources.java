package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.DynamicSources.FetchTimeout;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;

/// Reads `core.v3.ConfigSource`: the one aggregated stream is the only source there is.
final class ConfigSources {

  private ConfigSources() {}

  /// Milliseconds to wait for the first answer; 0 = for ever.
  static long fetchTimeoutMillis(ConfigSource source, Scope scope) {
    switch (source.getConfigSourceSpecifierCase()) {
      case ADS -> {}
      case PATH, PATH_CONFIG_SOURCE, API_CONFIG_SOURCE, SELF ->
          scope.problem("only 'ads' is supported as a source");
      case CONFIGSOURCESPECIFIER_NOT_SET ->
          scope.problem("a source is required: only 'ads' is supported");
    }
    version(source.getResourceApiVersion(), scope.field("resource_api_version"));
    return source.hasInitialFetchTimeout()
        ? scope.millis("initial_fetch_timeout", source.getInitialFetchTimeout())
        : FetchTimeout.DEFAULT.millis();
  }

  /// AUTO is taken for version 3, as all today's configurations mean it.
  static void version(ApiVersion version, Scope scope) {
    if (version != ApiVersion.V3 && version != ApiVersion.AUTO) {
      scope.problem("only V3 is supported");
    }
  }
}
