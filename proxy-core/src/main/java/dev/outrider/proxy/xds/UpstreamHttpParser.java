package dev.outrider.proxy.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.extension.ProviderRegistry;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import java.time.Duration;

/// Reads how HTTP is spoken to a cluster: the typed extension, or the deprecated fields of the
/// cluster itself. HTTP/1 only, except towards the control plane.
final class UpstreamHttpParser {
  private static final String TYPE = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  /// @param onlyForGrpc HTTP/2 is asked for, which only the gRPC transport speaks
  record Result(UpstreamHttpOptions options, boolean onlyForGrpc) {}

  private final boolean controlPlane;
  private final Scope scope;
  private UpstreamHttpOptions options = UpstreamHttpOptions.DEFAULT;
  private boolean onlyForGrpc;

  private UpstreamHttpParser(boolean controlPlane, Scope scope) {
    this.controlPlane = controlPlane;
    this.scope = scope;
  }

  static Result parse(Cluster cluster, boolean controlPlane, Scope scope) {
    var parser = new UpstreamHttpParser(controlPlane, scope);
    parser.deprecatedFields(cluster);
    cluster.getTypedExtensionProtocolOptionsMap().forEach(parser::extension);
    return new Result(parser.options, parser.onlyForGrpc);
  }

  @SuppressWarnings("deprecation") // still sent by control planes
  private void deprecatedFields(Cluster cluster) {
    if (cluster.hasHttp2ProtocolOptions()) {
      asksForHttp2(scope.field("http2_protocol_options"));
    }
    if (cluster.hasCommonHttpProtocolOptions()) {
      common(cluster.getCommonHttpProtocolOptions(), scope.field("common_http_protocol_options"));
    }
    if (cluster.hasMaxRequestsPerConnection()) {
      options =
          new UpstreamHttpOptions(
              Scope.clamp(cluster.getMaxRequestsPerConnection().getValue()), options.idleTimeout());
    }
  }

  private void extension(String name, Any config) {
    var place = scope.field("typed_extension_protocol_options[" + name + "]");
    if (!ProviderRegistry.typeName(config.getTypeUrl()).equals(TYPE)) {
      place.problem(
          "Didn't find a registered network filter or http filter implementation for name: '%s'"
              .formatted(name));
      return;
    }
    try {
      extension(
          io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.parseFrom(
              config.getValue()),
          place);
    } catch (InvalidProtocolBufferException e) {
      place.problem(String.valueOf(e.getMessage()));
    }
  }

  private void extension(
      io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions message, Scope place) {
    place.refuse(message.getHttpFiltersCount() > 0, "http_filters");
    if (message.hasCommonHttpProtocolOptions()) {
      common(message.getCommonHttpProtocolOptions(), place.field("common_http_protocol_options"));
    }
    switch (message.getUpstreamProtocolOptionsCase()) {
      case EXPLICIT_HTTP_CONFIG -> {
        var explicit = message.getExplicitHttpConfig();
        if (explicit.hasHttp2ProtocolOptions()) {
          asksForHttp2(place.field("explicit_http_config.http2_protocol_options"));
        }
        place.refuse(
            explicit.hasHttp3ProtocolOptions(), "explicit_http_config.http3_protocol_options");
      }
      // Clients are spoken to by HTTP/1 only, so the downstream protocol is HTTP/1.
      case USE_DOWNSTREAM_PROTOCOL_CONFIG -> {}
      case AUTO_CONFIG -> place.refuse(true, "auto_config");
      case UPSTREAMPROTOCOLOPTIONS_NOT_SET ->
          place.problem("one of explicit_http_config, use_downstream_protocol_config is required");
    }
  }

  private void asksForHttp2(Scope place) {
    if (controlPlane) {
      onlyForGrpc = true;
    } else {
      place.problem("HTTP/2 is not supported towards this cluster");
    }
  }

  private void common(HttpProtocolOptions message, Scope place) {
    var idle =
        message.hasIdleTimeout()
            ? Duration.ofMillis(place.millis("idle_timeout", message.getIdleTimeout()))
            : options.idleTimeout();
    var requests =
        message.hasMaxRequestsPerConnection()
            ? Scope.clamp(message.getMaxRequestsPerConnection().getValue())
            : options.maxRequestsPerConnection();
    options = new UpstreamHttpOptions(requests, idle);
  }
}
