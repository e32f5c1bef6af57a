package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DiscoveryService.RequestRate;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.config.RemoteSource;
import dev.outrider.proxy.config.RestService;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.RateLimitSettings;
import org.jspecify.annotations.Nullable;

/// Reads `core.v3.ApiConfigSource`: services that are asked over streams of gRPC, or again and
/// again by plain HTTP.
final class ServiceSources {
  private static final double LEAST_RATE = 1.0 / (5 * 365 * 24 * 3_600L);

  private ServiceSources() {}

  /// A service of either kind; null, with a problem, if there is none.
  static @Nullable RemoteSource parse(ApiConfigSource message, Scope place) {
    return message.getApiType() == ApiType.REST ? rest(message, place) : grpc(message, 1, place);
  }

  /// The service that a stream goes to; null, with a problem, if there is none.
  ///
  /// @param most servers that it may name
  static @Nullable DiscoveryService grpc(ApiConfigSource message, int most, Scope place) {
    var type = message.getApiType();
    if (type != ApiType.GRPC && type != ApiType.DELTA_GRPC) {
      place.problem(
          "api_type",
          "only GRPC (state of the world) and DELTA_GRPC are supported%s, not %s"
              .formatted(most == 1 ? ", and REST" : "", type));
    }
    ConfigSources.version(message.getTransportApiVersion(), place.field("transport_api_version"));
    if (message.getClusterNamesCount() > 0) {
      place.problem("cluster_names", "must not be there for gRPC");
    }
    var count = message.getGrpcServicesCount();
    if (count < 1 || count > most) {
      place.problem(
          "grpc_services",
          most == 1
              ? "exactly one is supported; a second one (failover) is for ads_config"
              : "must have one, or two (the second is the failover), found " + count);
      return null;
    }
    return new DiscoveryService(
        type == ApiType.DELTA_GRPC ? Protocol.DELTA : Protocol.STATE_OF_THE_WORLD,
        server(message, 0, place),
        count == 1 ? null : server(message, 1, place),
        message.getSetNodeOnFirstMessageOnly(),
        message.hasRateLimitSettings()
            ? rate(message.getRateLimitSettings(), place.field("rate_limit_settings"))
            : null);
  }

  private static GrpcServer server(ApiConfigSource message, int index, Scope place) {
    return GrpcServerParser.parse(
        message.getGrpcServices(index), place.item("grpc_services", index));
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

  /// Each request is one of its own, so that it says the node whatever
  /// `set_node_on_first_message_only` is.
  private static @Nullable RestService rest(ApiConfigSource message, Scope place) {
    ConfigSources.version(message.getTransportApiVersion(), place.field("transport_api_version"));
    place.refuse(message.hasRateLimitSettings(), "rate_limit_settings");
    if (message.getGrpcServicesCount() > 0) {
      place.problem("grpc_services", "must not be there for REST");
    }
    if (message.getClusterNamesCount() != 1) {
      place.problem(
          "cluster_names",
          message.getClusterNamesCount() == 0
              ? "API configs must have either a gRPC service or a cluster name defined"
              : "must have a singleton cluster name specified");
      return null;
    }
    return new RestService(
        message.getClusterNames(0),
        refresh(message, place),
        message.hasRequestTimeout()
            ? Math.max(1, place.millis("request_timeout", message.getRequestTimeout()))
            : RestService.DEFAULT_TIMEOUT_MILLIS);
  }

  private static long refresh(ApiConfigSource message, Scope place) {
    if (!message.hasRefreshDelay()) {
      place.problem("refresh_delay is required for REST API configuration sources");
      return 1;
    }
    var millis = place.millis("refresh_delay", message.getRefreshDelay());
    if (millis == 0) {
      place.problem("refresh_delay", "must be at least 0.001s");
    }
    return Math.max(1, millis);
  }
}
