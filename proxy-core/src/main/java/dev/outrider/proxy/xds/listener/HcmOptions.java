package dev.outrider.proxy.xds.listener;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.config.CodecType;
import dev.outrider.proxy.config.HostOptions;
import dev.outrider.proxy.config.HttpLimits;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.PathOptions;
import dev.outrider.proxy.config.PathOptions.EscapedSlashes;
import dev.outrider.proxy.config.ProxyStatusOptions;
import dev.outrider.proxy.config.RequestIdOptions;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.config.ServerHeader;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.xds.core.HeaderEditParser;
import dev.outrider.proxy.xds.core.Http1OptionsParser;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.route.UpgradeRulesParser;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation;
import io.envoyproxy.envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the plain values of a connection manager: timeouts, limits, protocol and header options.
final class HcmOptions {
  private static final String DEFAULT_SERVER_NAME = "envoy";
  private static final String MUTATION =
      "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation";
  private static final String UUID = "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig";

  private HcmOptions() {}

  /// The deprecated fields count only where the message that replaced them is missing.
  @SuppressWarnings("deprecation") // they are still written
  static AccessLogOptions logs(HttpConnectionManager message, Scope scope) {
    if (!message.hasAccessLogOptions()) {
      return new AccessLogOptions(
          message.getFlushAccessLogOnNewRequest(),
          false,
          scope.millis("access_log_flush_interval", message.getAccessLogFlushInterval()));
    }
    var options = message.getAccessLogOptions();
    var both = "Only one of %s or access_log_options can be specified.";
    if (message.getFlushAccessLogOnNewRequest()) {
      scope.problem(both.formatted("flush_access_log_on_new_request"));
    }
    if (message.hasAccessLogFlushInterval()) {
      scope.problem(both.formatted("access_log_flush_interval"));
    }
    return new AccessLogOptions(
        options.getFlushAccessLogOnNewRequest(),
        options.getFlushLogOnTunnelSuccessfullyEstablished(),
        scope
            .field("access_log_options")
            .millis("access_log_flush_interval", options.getAccessLogFlushInterval()));
  }

  static @Nullable ProxyStatusOptions proxyStatus(
      HttpConnectionManager message, ServiceIdentity identity) {
    if (!message.hasProxyStatusConfig()) {
      return null;
    }
    var config = message.getProxyStatusConfig();
    var name =
        switch (config.getProxyNameCase()) {
          case USE_NODE_ID -> config.getUseNodeId() ? identity.node() : serverName(message);
          case LITERAL_PROXY_NAME -> config.getLiteralProxyName();
          case PROXYNAME_NOT_SET -> serverName(message);
        };
    return new ProxyStatusOptions(
        name,
        !config.getRemoveDetails(),
        !config.getRemoveConnectionTerminationDetails(),
        !config.getRemoveResponseFlags(),
        config.getSetRecommendedResponseCode());
  }

  static HttpTimeouts timeouts(HttpConnectionManager message, Scope scope) {
    var common = message.getCommonHttpProtocolOptions();
    var place = scope.field("common_http_protocol_options");
    var defaults = HttpTimeouts.DEFAULT;
    var idle =
        message.hasStreamIdleTimeout()
            ? scope.millis("stream_idle_timeout", message.getStreamIdleTimeout())
            : defaults.streamIdleMillis();
    return new HttpTimeouts(
        idle,
        scope.millis("request_headers_timeout", message.getRequestHeadersTimeout()),
        scope.millis("request_timeout", message.getRequestTimeout()),
        common.hasIdleTimeout()
            ? place.millis("idle_timeout", common.getIdleTimeout())
            : defaults.connectionIdleMillis(),
        place.millis("max_stream_duration", common.getMaxStreamDuration()),
        message.hasDelayedCloseTimeout()
            ? scope.millis("delayed_close_timeout", message.getDelayedCloseTimeout())
            : defaults.delayedCloseMillis(),
        message.hasDrainTimeout()
            ? scope.millis("drain_timeout", message.getDrainTimeout())
            : defaults.drainMillis(),
        message.hasStreamFlushTimeout()
            ? scope.millis("stream_flush_timeout", message.getStreamFlushTimeout())
            : idle,
        place.millis("max_connection_duration", common.getMaxConnectionDuration()),
        message.getHttp1SafeMaxConnectionDuration());
  }

  static HttpLimits limits(HttpConnectionManager message) {
    var common = message.getCommonHttpProtocolOptions();
    var defaults = HttpLimits.DEFAULT;
    return new HttpLimits(
        message.hasMaxRequestHeadersKb()
            ? message.getMaxRequestHeadersKb().getValue() * 1024
            : defaults.requestHeadBytes(),
        common.hasMaxHeadersCount()
            ? Scope.clamp(common.getMaxHeadersCount().getValue())
            : defaults.requestHeaders(),
        Scope.clamp(common.getMaxRequestsPerConnection().getValue()));
  }

  /// HTTP/3 is refused by the caller.
  static CodecType codec(HttpConnectionManager message) {
    return switch (message.getCodecType()) {
      case HTTP1 -> CodecType.HTTP1;
      case HTTP2 -> CodecType.HTTP2;
      case AUTO, HTTP3, UNRECOGNIZED -> CodecType.AUTO;
    };
  }

  static Http1Options http1(HttpConnectionManager message, Scope scope) {
    return Http1OptionsParser.parse(
        message.getHttpProtocolOptions(), scope.field("http_protocol_options"));
  }

  static RequestIdOptions requestId(HttpConnectionManager message, Scope scope) {
    return new RequestIdOptions(
        !message.hasGenerateRequestId() || message.getGenerateRequestId().getValue(),
        message.getPreserveExternalRequestId(),
        message.getAlwaysSetRequestIdInResponse(),
        packTraceReason(message, scope.field("request_id_extension.typed_config")));
  }

  private static boolean packTraceReason(HttpConnectionManager message, Scope scope) {
    var typed = message.getRequestIdExtension().getTypedConfig();
    if (!message.hasRequestIdExtension()) {
      return true;
    }
    if (!ProviderRegistry.typeName(typed.getTypeUrl()).equals(UUID)) {
      scope.problem("only " + UUID + " is supported, is '" + typed.getTypeUrl() + "'");
      return true;
    }
    try {
      var uuid = UuidRequestIdConfig.parseFrom(typed.getValue());
      return !uuid.hasPackTraceReason() || uuid.getPackTraceReason().getValue();
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return true;
    }
  }

  static RequestOptions requests(HttpConnectionManager message, Scope scope) {
    var underscores =
        switch (message.getCommonHttpProtocolOptions().getHeadersWithUnderscoresAction()) {
          case REJECT_REQUEST -> UnderscoreNames.REJECT_REQUEST;
          case DROP_HEADER -> UnderscoreNames.DROP_HEADER;
          case ALLOW, UNRECOGNIZED -> UnderscoreNames.ALLOW;
        };
    return new RequestOptions(
        UpgradeRulesParser.manager(message.getUpgradeConfigsList(), scope),
        message.getProxy100Continue(),
        underscores,
        path(message),
        host(message, scope),
        early(message, scope));
  }

  private static List<HeaderEdit> early(HttpConnectionManager message, Scope scope) {
    var edits = new ArrayList<HeaderEdit>();
    for (var i = 0; i < message.getEarlyHeaderMutationExtensionsCount(); i++) {
      var typed = message.getEarlyHeaderMutationExtensions(i).getTypedConfig();
      var place = scope.item("early_header_mutation_extensions", i).field("typed_config");
      if (!ProviderRegistry.typeName(typed.getTypeUrl()).equals(MUTATION)) {
        place.problem("only " + MUTATION + " is supported, is '" + typed.getTypeUrl() + "'");
        continue;
      }
      try {
        var mutations = HeaderMutation.parseFrom(typed.getValue()).getMutationsList();
        edits.addAll(HeaderEditParser.mutations(mutations, place));
      } catch (InvalidProtocolBufferException e) {
        place.problem(String.valueOf(e.getMessage()));
      }
    }
    return edits;
  }

  private static PathOptions path(HttpConnectionManager message) {
    return new PathOptions(
        message.getNormalizePath().getValue(),
        message.getMergeSlashes(),
        switch (message.getPathWithEscapedSlashesAction()) {
          case REJECT_REQUEST -> EscapedSlashes.REJECT;
          case UNESCAPE_AND_REDIRECT -> EscapedSlashes.REDIRECT;
          case UNESCAPE_AND_FORWARD -> EscapedSlashes.FORWARD;
          case IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED, UNRECOGNIZED -> EscapedSlashes.KEEP;
        });
  }

  private static HostOptions host(HttpConnectionManager message, Scope scope) {
    if (message.getStripMatchingHostPort() && message.getStripAnyHostPort()) {
      scope.problem("only one of strip_matching_host_port or strip_any_host_port can be set");
    }
    var port =
        message.getStripAnyHostPort()
            ? HostOptions.Port.ANY
            : message.getStripMatchingHostPort()
                ? HostOptions.Port.MATCHING
                : HostOptions.Port.KEEP;
    return new HostOptions(port, message.getStripTrailingHostDot());
  }

  static String serverName(HttpConnectionManager message) {
    return message.getServerName().isEmpty() ? DEFAULT_SERVER_NAME : message.getServerName();
  }

  static ServerHeader serverHeader(HttpConnectionManager message, Scope scope) {
    return switch (message.getServerHeaderTransformation()) {
      case OVERWRITE -> ServerHeader.OVERWRITE;
      case APPEND_IF_ABSENT -> ServerHeader.APPEND_IF_ABSENT;
      case PASS_THROUGH -> ServerHeader.PASS_THROUGH;
      case UNRECOGNIZED -> {
        scope.problem(
            "server_header_transformation", "value must be one of the defined enum values");
        yield ServerHeader.OVERWRITE;
      }
    };
  }
}
