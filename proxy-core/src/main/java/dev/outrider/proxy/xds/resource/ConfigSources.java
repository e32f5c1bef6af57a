package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DiscoveryService.Call;
import dev.outrider.proxy.config.DiscoveryService.Metadata;
import dev.outrider.proxy.config.DiscoveryService.RequestRate;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.DynamicSources.FetchTimeout;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.config.DynamicSources.Source;
import dev.outrider.proxy.config.FileSource;
import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.RateLimitSettings;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.ConfigSource`: the one aggregated stream, and for secrets files and services.
public final class ConfigSources {

  private static final Pattern METADATA_NAME = Pattern.compile("[0-9a-z._-]+");
  private static final Pattern METADATA_VALUE = Pattern.compile("[ -$&-~]*");
  private static final double LEAST_RATE = 1.0 / (5 * 365 * 24 * 3_600L);

  private ConfigSources() {}

  /// What is wrong with the name of a cluster that a gRPC service should be called at.
  public static String unknownGrpcCluster(String name) {
    return "Unknown gRPC client cluster '%s': it must be a static cluster of type STATIC with an endpoint"
        .formatted(name);
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
          service(source.getApiConfigSource(), scope.field("api_config_source"));
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
            ? service(source.getApiConfigSource(), scope.field("api_config_source"))
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

  /// The service that a stream goes to; null, with a problem, if there is none.
  public static @Nullable DiscoveryService service(ApiConfigSource message, Scope place) {
    var type = message.getApiType();
    if (type != ApiType.GRPC && type != ApiType.DELTA_GRPC) {
      place.problem(
          "api_type", "only GRPC (state of the world) and DELTA_GRPC are supported, not " + type);
    }
    version(message.getTransportApiVersion(), place.field("transport_api_version"));
    if (message.getGrpcServicesCount() != 1) {
      place.problem("grpc_services", "exactly one is supported");
      return null;
    }
    var service = message.getGrpcServices(0);
    var inner = place.item("grpc_services", 0);
    if (!service.hasEnvoyGrpc()) {
      inner.problem("only envoy_grpc is supported");
    }
    return new DiscoveryService(
        type == ApiType.DELTA_GRPC ? Protocol.DELTA : Protocol.STATE_OF_THE_WORLD,
        service.getEnvoyGrpc().getClusterName(),
        message.getSetNodeOnFirstMessageOnly(),
        backOff(service.getEnvoyGrpc(), inner.field("envoy_grpc")),
        call(service, inner),
        message.hasRateLimitSettings()
            ? rate(message.getRateLimitSettings(), place.field("rate_limit_settings"))
            : null);
  }

  private static RequestRate rate(RateLimitSettings settings, Scope place) {
    var perSecond =
        settings.hasFillRate()
            ? settings.getFillRate().getValue()
            : RequestRate.DEFAULT.perSecond();
    if (!(perSecond > 0)) {
      place.problem("fill_rate", "must be greater than 0, found " + perSecond);
    }
    var burst =
        settings.hasMaxTokens() ? settings.getMaxTokens().getValue() : RequestRate.DEFAULT.burst();
    if (burst < 1) {
      place.problem("max_tokens", "must be at least 1, found " + Integer.toUnsignedString(burst));
    }
    return new RequestRate(burst, Math.max(perSecond, LEAST_RATE)); // as Envoy: once in five years
  }

  private static Call call(GrpcService service, Scope place) {
    var grpc = service.getEnvoyGrpc();
    var most = grpc.getMaxReceiveMessageLength().getValue();
    return new Call(
        grpc.getAuthority(),
        most > 0 ? most : Call.DEFAULT_MAX_BYTES, // 0, and what an int does not hold: no limit
        metadata(service, place));
  }

  private static List<Metadata> metadata(GrpcService service, Scope place) {
    var all = new ArrayList<Metadata>();
    for (var i = 0; i < service.getInitialMetadataCount(); i++) {
      var header = service.getInitialMetadata(i);
      var inner = place.item("initial_metadata", i);
      var name = header.getKey().toLowerCase(Locale.ROOT);
      if (!METADATA_NAME.matcher(name).matches() || name.startsWith("grpc-")) {
        inner.problem("key", "'%s' cannot be sent by gRPC".formatted(header.getKey()));
      } else if (name.endsWith("-bin") || !header.getRawValue().isEmpty()) {
        inner.problem("'%s': only values of text are supported".formatted(name));
      } else if (!METADATA_VALUE.matcher(header.getValue()).matches()) {
        inner.problem("value", "only printable ASCII without '%' (no formatters) is supported");
      }
      all.add(new Metadata(name, header.getValue()));
    }
    return all;
  }

  private static BackOff backOff(GrpcService.EnvoyGrpc service, Scope place) {
    var configured = service.getRetryPolicy().getRetryBackOff();
    var defaults = BackOff.DEFAULT;
    var inner = place.field("retry_policy.retry_back_off");
    var base =
        configured.hasBaseInterval()
            ? Math.max(1, inner.millis("base_interval", configured.getBaseInterval()))
            : defaults.baseMillis();
    var max =
        configured.hasMaxInterval()
            ? inner.millis("max_interval", configured.getMaxInterval())
            : Math.max(base, defaults.maxMillis());
    if (max < base) {
      inner.problem("max_interval", "must be greater than or equal to the base_interval");
    }
    return new BackOff(base, max);
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
