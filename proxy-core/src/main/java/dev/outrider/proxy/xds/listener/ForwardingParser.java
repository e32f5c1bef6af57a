package dev.outrider.proxy.xds.listener;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.AddressDetection;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.config.InternalAddresses;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig;
import io.envoyproxy.envoy.extensions.http.original_ip_detection.xff.v3.XffConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what a connection manager believes and tells about addresses.
final class ForwardingParser {
  private static final String PACKAGE = "envoy.extensions.http.original_ip_detection.";
  private static final String XFF = PACKAGE + "xff.v3.XffConfig";
  private static final String CUSTOM = PACKAGE + "custom_header.v3.CustomHeaderConfig";
  private static final int FORBIDDEN = 403;

  private ForwardingParser() {}

  static ForwardingOptions parse(
      HttpConnectionManager message, Scope scope, ServiceIdentity identity) {
    return new ForwardingOptions(
        message.getUseRemoteAddress().getValue(),
        message.getXffNumTrustedHops(),
        message.getSkipXffAppend(),
        message.getAppendXForwardedPort(),
        internal(message.getInternalAddressConfig(), scope.field("internal_address_config")),
        detections(message, scope),
        scheme(message, scope),
        message.getAddUserAgent().getValue() ? identity : null,
        message.getVia());
  }

  private static String scheme(HttpConnectionManager message, Scope scope) {
    var transformation = message.getSchemeHeaderTransformation();
    scope
        .field("scheme_header_transformation")
        .refuse(
            transformation.getMatchUpstream() && !transformation.hasSchemeToOverwrite(),
            "match_upstream");
    return transformation.getSchemeToOverwrite();
  }

  private static InternalAddresses internal(
      HttpConnectionManager.InternalAddressConfig message, Scope scope) {
    return new InternalAddresses(
        message.getUnixSockets(),
        ChainMatchParser.ranges(message.getCidrRangesList(), "cidr_ranges", scope));
  }

  private static List<AddressDetection> detections(HttpConnectionManager message, Scope scope) {
    var extensions = message.getOriginalIpDetectionExtensionsList();
    if (extensions.isEmpty()) {
      return List.of(
          new AddressDetection.Forwarded(message.getXffNumTrustedHops(), List.of(), false));
    }
    if (message.getUseRemoteAddress().getValue()) {
      scope.problem("original_ip_detection_extensions", "may not be mixed with use_remote_address");
    }
    if (message.getXffNumTrustedHops() > 0) {
      scope.problem(
          "original_ip_detection_extensions", "may not be mixed with xff_num_trusted_hops");
    }
    var detections = new ArrayList<AddressDetection>();
    for (var i = 0; i < extensions.size(); i++) {
      var place = scope.item("original_ip_detection_extensions", i).field("typed_config");
      var detection = detection(extensions.get(i).getTypedConfig(), place);
      if (detection != null) {
        detections.add(detection);
      }
    }
    return detections;
  }

  private static @Nullable AddressDetection detection(Any typed, Scope scope) {
    try {
      return switch (ProviderRegistry.typeName(typed.getTypeUrl())) {
        case XFF -> forwarded(XffConfig.parseFrom(typed.getValue()), scope);
        case CUSTOM -> header(CustomHeaderConfig.parseFrom(typed.getValue()), scope);
        default -> {
          scope.problem("'" + typed.getTypeUrl() + "' is not supported");
          yield null;
        }
      };
    } catch (InvalidProtocolBufferException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static AddressDetection forwarded(XffConfig message, Scope scope) {
    if (message.getXffNumTrustedHops() > 0 && message.hasXffTrustedCidrs()) {
      scope.problem("only one of xff_num_trusted_hops and xff_trusted_cidrs can be set");
    }
    return new AddressDetection.Forwarded(
        message.getXffNumTrustedHops(),
        ChainMatchParser.ranges(
            message.getXffTrustedCidrs().getCidrsList(), "cidrs", scope.field("xff_trusted_cidrs")),
        message.hasSkipXffAppend() && !message.getSkipXffAppend().getValue());
  }

  private static @Nullable AddressDetection header(CustomHeaderConfig message, Scope scope) {
    var status = message.getRejectWithStatus().getCodeValue();
    var rejects = message.hasRejectWithStatus();
    try {
      return new AddressDetection.Header(
          HeaderName.of(message.getHeaderName()),
          message.getAllowExtensionToSetAddressAsTrusted(),
          !rejects ? 0 : status < 400 || status > 511 ? FORBIDDEN : status);
    } catch (IllegalArgumentException e) {
      scope.problem("header_name", String.valueOf(e.getMessage()));
      return null;
    }
  }
}
