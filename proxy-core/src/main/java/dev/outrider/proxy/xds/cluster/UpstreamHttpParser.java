package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.AutoSni;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.cluster.UpstreamHttpOptions.Limits;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.xds.core.Http1OptionsParser;
import dev.outrider.proxy.xds.core.Http2OptionsParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.UpstreamHttpProtocolOptions;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Reads how HTTP is spoken to a cluster: from the typed extension, or, where there is none, from
/// the deprecated fields of the cluster itself.
final class UpstreamHttpParser {
  private static final String TYPE = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  private final Scope scope;
  private HttpVersion version = HttpVersion.HTTP1;
  private boolean asDownstream;
  private boolean negotiated;
  private Http1Options http1 = Http1Options.DEFAULT;
  private Http2Options http2 = Http2Options.DEFAULT;
  private Limits limits = Limits.DEFAULT;
  private AutoSni autoSni = AutoSni.NONE;

  private UpstreamHttpParser(Scope scope) {
    this.scope = scope;
  }

  static UpstreamHttpOptions parse(Cluster cluster, Scope scope) {
    var parser = new UpstreamHttpParser(scope);
    parser.requestsPerConnection(cluster);
    if (cluster.getTypedExtensionProtocolOptionsMap().isEmpty()) {
      parser.deprecatedFields(cluster);
    } else {
      cluster.getTypedExtensionProtocolOptionsMap().forEach(parser::extension);
    }
    return new UpstreamHttpOptions(
        parser.version,
        parser.asDownstream,
        parser.http1,
        parser.http2,
        parser.limits,
        parser.autoSni,
        parser.negotiated);
  }

  /// What is said about names in TLS; null if nothing is.
  @SuppressWarnings("deprecation") // still sent by control planes
  static @Nullable UpstreamHttpProtocolOptions names(Cluster cluster)
      throws InvalidProtocolBufferException {
    if (cluster.getTypedExtensionProtocolOptionsMap().isEmpty()) {
      return cluster.hasUpstreamHttpProtocolOptions()
          ? cluster.getUpstreamHttpProtocolOptions()
          : null;
    }
    for (var config : cluster.getTypedExtensionProtocolOptionsMap().values()) {
      if (ProviderRegistry.typeName(config.getTypeUrl()).equals(TYPE)) {
        var options =
            io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.parseFrom(
                config.getValue());
        return options.hasUpstreamHttpProtocolOptions()
            ? options.getUpstreamHttpProtocolOptions()
            : null;
      }
    }
    return null;
  }

  @SuppressWarnings("deprecation") // still sent by control planes, and Envoy's fallback
  private void requestsPerConnection(Cluster cluster) {
    if (cluster.hasMaxRequestsPerConnection()) {
      limits =
          new Limits(
              Scope.clamp(cluster.getMaxRequestsPerConnection().getValue()),
              limits.idleTimeout(),
              limits.responseHeaders(),
              limits.responseHeadBytes());
    }
  }

  @SuppressWarnings("deprecation") // still sent by control planes
  private void deprecatedFields(Cluster cluster) {
    asDownstream =
        cluster.getProtocolSelection() == Cluster.ClusterProtocolSelection.USE_DOWNSTREAM_PROTOCOL;
    if (cluster.hasHttpProtocolOptions()) {
      http1(cluster.getHttpProtocolOptions(), scope.field("http_protocol_options"));
    }
    if (cluster.hasHttp2ProtocolOptions()) {
      http2(cluster.getHttp2ProtocolOptions(), scope.field("http2_protocol_options"));
    }
    if (cluster.hasHttpProtocolOptions() && cluster.hasHttp2ProtocolOptions() && !asDownstream) {
      scope.problem(
          "cluster: Both HTTP1 and HTTP2 options may only be configured with non-default"
              + " 'protocol_selection' values");
    }
    autoSni =
        autoSni(
            cluster.getUpstreamHttpProtocolOptions(),
            scope.field("upstream_http_protocol_options"));
    if (cluster.hasCommonHttpProtocolOptions()) {
      common(cluster.getCommonHttpProtocolOptions(), scope.field("common_http_protocol_options"));
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
    autoSni = autoSni(message.getUpstreamHttpProtocolOptions(), place);
    if (message.hasCommonHttpProtocolOptions()) {
      common(message.getCommonHttpProtocolOptions(), place.field("common_http_protocol_options"));
    }
    switch (message.getUpstreamProtocolOptionsCase()) {
      case EXPLICIT_HTTP_CONFIG ->
          explicit(message.getExplicitHttpConfig(), place.field("explicit_http_config"));
      case USE_DOWNSTREAM_PROTOCOL_CONFIG ->
          asDownstream(
              message.getUseDownstreamProtocolConfig(),
              place.field("use_downstream_protocol_config"));
      case AUTO_CONFIG -> negotiated(message.getAutoConfig(), place.field("auto_config"));
      case UPSTREAMPROTOCOLOPTIONS_NOT_SET ->
          place.problem("one of explicit_http_config, use_downstream_protocol_config is required");
    }
  }

  private static AutoSni autoSni(UpstreamHttpProtocolOptions message, Scope place) {
    var text = message.getOverrideAutoSniHeader();
    @Nullable HeaderName header = null;
    try {
      header = text.isEmpty() ? null : HeaderName.of(text);
    } catch (IllegalArgumentException e) {
      place.problem("override_auto_sni_header", String.valueOf(e.getMessage()));
    }
    return new AutoSni(message.getAutoSni(), message.getAutoSanValidation(), header);
  }

  private void explicit(ExplicitHttpConfig message, Scope place) {
    switch (message.getProtocolConfigCase()) {
      case HTTP_PROTOCOL_OPTIONS ->
          http1(message.getHttpProtocolOptions(), place.field("http_protocol_options"));
      case HTTP2_PROTOCOL_OPTIONS ->
          http2(message.getHttp2ProtocolOptions(), place.field("http2_protocol_options"));
      case HTTP3_PROTOCOL_OPTIONS -> place.refuse(true, "http3_protocol_options");
      case PROTOCOLCONFIG_NOT_SET ->
          place.problem("one of http_protocol_options, http2_protocol_options is required");
    }
  }

  /// Whether HTTP/2 has options of its own also decides what calls without a client speak.
  private void asDownstream(UseDownstreamHttpConfig message, Scope place) {
    asDownstream = true;
    http1(message.getHttpProtocolOptions(), place.field("http_protocol_options"));
    if (message.hasHttp2ProtocolOptions()) {
      http2(message.getHttp2ProtocolOptions(), place.field("http2_protocol_options"));
    }
    place.refuse(message.hasHttp3ProtocolOptions(), "http3_protocol_options");
  }

  private void negotiated(AutoHttpConfig message, Scope place) {
    negotiated = true;
    http1(message.getHttpProtocolOptions(), place.field("http_protocol_options"));
    http2(message.getHttp2ProtocolOptions(), place.field("http2_protocol_options"));
    version = HttpVersion.HTTP1;
    place.refuse(message.hasHttp3ProtocolOptions(), "http3_protocol_options");
    place.refuse(message.hasAlternateProtocolsCacheOptions(), "alternate_protocols_cache_options");
  }

  private void http1(Http1ProtocolOptions message, Scope place) {
    http1 = Http1OptionsParser.parse(message, place);
  }

  private void http2(Http2ProtocolOptions message, Scope place) {
    version = HttpVersion.HTTP2;
    http2 = Http2OptionsParser.parse(message, false, place);
  }

  private void common(HttpProtocolOptions message, Scope place) {
    place.refuse(message.hasMaxStreamDuration(), "max_stream_duration");
    limits =
        new Limits(
            message.hasMaxRequestsPerConnection()
                ? Scope.clamp(message.getMaxRequestsPerConnection().getValue())
                : limits.requestsPerConnection(),
            message.hasIdleTimeout()
                ? Duration.ofMillis(place.millis("idle_timeout", message.getIdleTimeout()))
                : limits.idleTimeout(),
            Duration.ofMillis(
                place.millis("max_connection_duration", message.getMaxConnectionDuration())),
            message.hasMaxHeadersCount()
                ? Scope.clamp(message.getMaxHeadersCount().getValue())
                : limits.responseHeaders(),
            message.getMaxResponseHeadersKb().getValue() * 1024);
  }
}
