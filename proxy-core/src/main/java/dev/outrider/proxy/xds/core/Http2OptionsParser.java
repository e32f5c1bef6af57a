package dev.outrider.proxy.xds.core;

import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.Http2Options.Keepalive;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;

/// Reads `core.v3.Http2ProtocolOptions`, of a connection manager and of a cluster alike. Ranges are
/// the schema's business.
public final class Http2OptionsParser {
  private Http2OptionsParser() {}

  /// Reads the options of one side.
  ///
  /// @param streamErrors whether a malformed message costs only its stream where the options do not
  ///   say
  public static Http2Options parse(
      Http2ProtocolOptions message, boolean streamErrors, Scope scope) {
    scope.refuse(message.getAllowMetadata(), "allow_metadata");
    scope.refuse(message.getCustomSettingsParametersCount() > 0, "custom_settings_parameters");
    var defaults = Http2Options.DEFAULT;
    return new Http2Options(
        number(message.hasHpackTableSize(), message.getHpackTableSize(), defaults.hpackTableSize()),
        number(
            message.hasMaxConcurrentStreams(),
            message.getMaxConcurrentStreams(),
            defaults.concurrentStreams()),
        number(
            message.hasInitialStreamWindowSize(),
            message.getInitialStreamWindowSize(),
            defaults.streamWindow()),
        number(
            message.hasInitialConnectionWindowSize(),
            message.getInitialConnectionWindowSize(),
            defaults.connectionWindow()),
        number(
            message.hasMaxOutboundFrames(),
            message.getMaxOutboundFrames(),
            defaults.outboundFrames()),
        number(
            message.hasMaxOutboundControlFrames(),
            message.getMaxOutboundControlFrames(),
            defaults.outboundControlFrames()),
        number(
            message.hasMaxConsecutiveInboundFramesWithEmptyPayload(),
            message.getMaxConsecutiveInboundFramesWithEmptyPayload(),
            defaults.emptyFrames()),
        number(
            message.hasMaxInboundPriorityFramesPerStream(),
            message.getMaxInboundPriorityFramesPerStream(),
            defaults.priorityFramesPerStream()),
        number(
            message.hasMaxInboundWindowUpdateFramesPerDataFrameSent(),
            message.getMaxInboundWindowUpdateFramesPerDataFrameSent(),
            defaults.windowUpdatesPerDataFrame()),
        defaults.headerFieldBytes(),
        message.getAllowConnect(),
        streamErrors(message, streamErrors),
        message.hasConnectionKeepalive()
            ? keepalive(message.getConnectionKeepalive(), scope.field("connection_keepalive"))
            : Keepalive.OFF);
  }

  private static int number(boolean isSet, UInt32Value value, int otherwise) {
    return isSet ? Scope.clamp(value.getValue()) : otherwise;
  }

  @SuppressWarnings("deprecation") // still sent by control planes
  private static boolean streamErrors(Http2ProtocolOptions message, boolean otherwise) {
    return message.hasOverrideStreamErrorOnInvalidHttpMessage()
        ? message.getOverrideStreamErrorOnInvalidHttpMessage().getValue()
        : message.getStreamErrorOnInvalidHttpMessaging() || otherwise;
  }

  private static Keepalive keepalive(KeepaliveSettings message, Scope scope) {
    return new Keepalive(
        scope.millis("interval", message.getInterval()),
        scope.millis("timeout", message.getTimeout()),
        message.hasIntervalJitter()
            ? (int) message.getIntervalJitter().getValue()
            : Keepalive.OFF.jitterPercent(),
        scope.millis("connection_idle_interval", message.getConnectionIdleInterval()));
  }
}
