package dev.outrider.proxy.xds;

import dev.outrider.proxy.config.DynamicSources.FetchTimeout;
import dev.outrider.proxy.xds.Resource.InitTarget;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.ConfigSource`: the one aggregated stream, and for secrets files.
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
    return timeoutMillis(source, scope);
  }

  private static long timeoutMillis(ConfigSource source, Scope scope) {
    return source.hasInitialFetchTimeout()
        ? scope.millis("initial_fetch_timeout", source.getInitialFetchTimeout())
        : FetchTimeout.DEFAULT.millis();
  }

  /// Where a secret comes from; null, with a problem, if it cannot come from there.
  static @Nullable InitTarget secret(SdsSecretConfig config, Scope place) {
    var source = config.getSdsConfig();
    var scope = place.field("sds_config");
    var file = file(source);
    var known = file != null || source.hasAds();
    if (!known) {
      scope.problem("only 'ads' and 'path_config_source' are supported as sources of secrets");
    }
    version(source.getResourceApiVersion(), scope.field("resource_api_version"));
    return known
        ? new InitTarget(
            new ResourceKey(ResourceKind.SECRET, config.getName(), file),
            false,
            timeoutMillis(source, scope))
        : null;
  }

  @SuppressWarnings("deprecation") // still written
  private static @Nullable FileSource file(ConfigSource source) {
    return switch (source.getConfigSourceSpecifierCase()) {
      case PATH -> new FileSource(source.getPath(), "");
      case PATH_CONFIG_SOURCE -> {
        var path = source.getPathConfigSource();
        yield new FileSource(path.getPath(), path.getWatchedDirectory().getPath());
      }
      case ADS, SELF, API_CONFIG_SOURCE, CONFIGSOURCESPECIFIER_NOT_SET -> null;
    };
  }

  /// AUTO is taken for version 3, as all today's configurations mean it.
  static void version(ApiVersion version, Scope scope) {
    if (version != ApiVersion.V3 && version != ApiVersion.AUTO) {
      scope.problem("only V3 is supported");
    }
  }
}
