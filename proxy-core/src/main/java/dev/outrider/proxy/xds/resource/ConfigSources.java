package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DynamicSources.FetchTimeout;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.config.DynamicSources.Source;
import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.config.RestService;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.ConfigSource`: the one aggregated stream, and for secrets files and services.
public final class ConfigSources {

  private ConfigSources() {}

  /// What is wrong with the name of a cluster that a gRPC service should be called at.
  public static String unknownGrpcCluster(String name) {
    return "Unknown gRPC client cluster '%s': it must be a static cluster of type STATIC with an endpoint"
        .formatted(name);
  }

  /// The clusters that a source is reached by.
  public static List<String> clusters(RemoteSource source) {
    return switch (source) {
      case DiscoveryService service ->
          service.servers().stream()
              .map(GrpcServer::cluster)
              .filter(name -> !name.isEmpty())
              .toList();
      case RestService service -> List.of(service.cluster());
    };
  }

  /// What is wrong with a source that one of its [#clusters] does not lead to.
  public static String unreachable(RemoteSource source) {
    return switch (source) {
      case DiscoveryService service -> unknownGrpcCluster(service.server().cluster());
      case RestService service ->
          "ApiConfigSource must have a statically defined non-EDS cluster: '%s' does not exist, was added via api, or is an EDS cluster"
              .formatted(service.cluster());
    };
  }

  /// What endpoints or routes come as that a resource names.
  ///
  /// @param fresh only an answer that comes after the resource counts
  public static InitTarget target(
      ResourceKind kind, String name, boolean fresh, ConfigSource source, Scope scope) {
    refuseLocator(name, scope);
    var from = from(source, scope);
    return new InitTarget(new ResourceKey(kind, name, from), fresh, timeoutMillis(source, scope));
  }

  /// What the endpoints of a locality come as (Envoy `endpoint.v3.LedsClusterLocalityConfig`).
  ///
  /// @param name of the collection
  /// @param scope of the source
  public static InitTarget locality(String name, ConfigSource source, Scope scope) {
    var kind = ResourceKind.LOCALITY;
    if (name.startsWith("file:") || name.startsWith("http:") || name.startsWith("https:")) {
      scope.problem("'%s': only xdstp collections are supported".formatted(name));
    } else if (!name.startsWith("xdstp:")) {
      scope.problem(name + " does not have a xdstp:, http: or file: scheme");
    } else if (!CollectionName.type(name).equals(kind.messageName())) {
      scope.problem("xdstp:// type does not match %s in %s".formatted(kind.messageName(), name));
    }
    var from = from(source, scope);
    if (from != null
        && !(from instanceof DiscoveryService service && service.protocol() == Protocol.DELTA)) {
      scope.problem("LEDS needs the incremental protocol: 'ads' or DELTA_GRPC");
    }
    return new InitTarget(new ResourceKey(kind, name, from), true, timeoutMillis(source, scope));
  }

  /// What the virtual hosts of a table come as (Envoy `route.v3.Vhds`).
  ///
  /// @param table its name
  /// @param scope of the source
  public static InitTarget hosts(String table, ConfigSource source, Scope scope) {
    var delta =
        source.hasAds()
            || (source.hasApiConfigSource()
                && source.getApiConfigSource().getApiType() == ApiConfigSource.ApiType.DELTA_GRPC);
    if (!delta) {
      scope.problem(
          "vhds: only 'DELTA_GRPC' or 'ADS' (which uses Delta xDS) is supported as a config"
              + " source.");
      return new InitTarget(new ResourceKey(ResourceKind.VIRTUAL_HOST, table), true, 0);
    }
    return target(ResourceKind.VIRTUAL_HOST, table, true, source, scope);
  }

  /// Where all resources of a kind come from.
  public static Source whole(ConfigSource source, Scope scope) {
    var from = from(source, scope);
    return new Source(from, new FetchTimeout(timeoutMillis(source, scope)));
  }

  /// Null = from the control plane, or, with a problem, from nowhere.
  private static @Nullable ResourceSource from(ConfigSource source, Scope scope) {
    version(source.getResourceApiVersion(), scope.field("resource_api_version"));
    return switch (source.getConfigSourceSpecifierCase()) {
      case ADS -> null;
      case PATH, PATH_CONFIG_SOURCE -> file(source);
      case API_CONFIG_SOURCE ->
          ServiceSources.parse(source.getApiConfigSource(), scope.field("api_config_source"));
      case SELF, CONFIGSOURCESPECIFIER_NOT_SET -> {
        scope.problem(
            "only 'ads', 'path_config_source' and 'api_config_source' are supported as sources");
        yield null;
      }
    };
  }

  /// Names of the new kind say where they come from; no such place is known.
  private static void refuseLocator(String name, Scope scope) {
    if (name.startsWith("xdstp:")) {
      scope.problem("'%s': names that are locators (xdstp) are not supported".formatted(name));
    }
  }

  private static long timeoutMillis(ConfigSource source, Scope scope) {
    return source.hasInitialFetchTimeout()
        ? scope.millis("initial_fetch_timeout", source.getInitialFetchTimeout())
        : FetchTimeout.DEFAULT.millis();
  }

  /// Where a secret comes from; null, with a problem, if it cannot come from there.
  public static @Nullable InitTarget secret(SdsSecretConfig config, Scope place) {
    var source = config.getSdsConfig();
    var scope = place.field("sds_config");
    var from =
        source.hasApiConfigSource()
            ? ServiceSources.parse(source.getApiConfigSource(), scope.field("api_config_source"))
            : file(source);
    var known = from != null || source.hasAds();
    if (!known && !source.hasApiConfigSource()) {
      scope.problem(
          "only 'ads', 'path_config_source' and 'api_config_source' are supported as sources of"
              + " secrets");
    }
    version(source.getResourceApiVersion(), scope.field("resource_api_version"));
    return known
        ? new InitTarget(
            new ResourceKey(ResourceKind.SECRET, config.getName(), from),
            false,
            timeoutMillis(source, scope))
        : null;
  }

  /// The control plane that everything comes from which says so; null, with a problem, if there is
  /// none. A second server takes its place if the first does not answer.
  public static @Nullable DiscoveryService controlPlane(ApiConfigSource message, Scope place) {
    return ServiceSources.grpc(message, 2, place);
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
