package dev.outrider.proxy.accesslog.grpc;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.ProxiedId;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogCommon;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogType;
import java.nio.charset.StandardCharsets;

/// What entries of requests and of connections have in common.
final class CommonProperties {
  private CommonProperties() {}

  static AccessLogCommon of(StreamInfo info) {
    var common =
        AccessLogCommon.newBuilder()
            .setDownstreamRemoteAddress(address(info.remote()))
            .setDownstreamLocalAddress(address(info.connection().local()))
            .setDownstreamDirectRemoteAddress(address(info.connection().directRemote()))
            .setStartTime(Timestamps.fromMicros(info.times().startEpochMicros()))
            .setUpstreamCluster(info.clusterName())
            .setUpstreamTransportFailureReason(info.upstream().transportFailure())
            .setDownstreamTransportFailureReason(info.downstreamTransportFailure())
            .setRouteName(info.routeName())
            .setUpstreamRequestAttemptCount(info.upstream().attempts())
            .setConnectionTerminationDetails(info.connectionTermination())
            .setStreamId(streamId(info))
            .setDownstreamWireBytesSent(info.sizes().downstream().sent())
            .setDownstreamWireBytesReceived(info.sizes().downstream().received())
            .setUpstreamWireBytesSent(info.sizes().upstream().sent())
            .setUpstreamWireBytesReceived(info.sizes().upstream().received())
            .setAccessLogType(type(info));
    addTimes(info, common);
    addUpstream(info, common);
    var tls = info.connection().tls();
    if (tls != null) {
      common.setTlsProperties(TlsEntry.of(tls, info.connection().serverName()));
    }
    if (!info.flags().isEmpty()) {
      common.setResponseFlags(FlagsEntry.of(info.flags()));
    }
    return common.build();
  }

  private static void addUpstream(StreamInfo info, AccessLogCommon.Builder common) {
    var host = info.upstream().host();
    if (host != null) {
      common.setUpstreamRemoteAddress(address(host));
    }
    var local = info.upstream().localAddress();
    if (local != null) {
      common.setUpstreamLocalAddress(address(local));
    }
  }

  private static void addTimes(StreamInfo info, AccessLogCommon.Builder common) {
    var elapsed = info.times().elapsedNanos();
    if (elapsed >= 0) {
      common.setDuration(Durations.fromNanos(elapsed));
    }
    for (var point : TimePoint.values()) {
      var since = info.times().nanosSinceStart(point);
      if (since >= 0) {
        add(point, Durations.fromNanos(since), common);
      }
    }
  }

  private static void add(TimePoint point, Duration since, AccessLogCommon.Builder common) {
    switch (point) {
      case DOWNSTREAM_RX_END -> common.setTimeToLastRxByte(since);
      case UPSTREAM_TX_BEGIN -> common.setTimeToFirstUpstreamTxByte(since);
      case UPSTREAM_TX_END -> common.setTimeToLastUpstreamTxByte(since);
      case UPSTREAM_RX_BEGIN -> common.setTimeToFirstUpstreamRxByte(since);
      case UPSTREAM_RX_END -> common.setTimeToLastUpstreamRxByte(since);
      case DOWNSTREAM_TX_BEGIN -> common.setTimeToFirstDownstreamTxByte(since);
      case DOWNSTREAM_TX_END -> common.setTimeToLastDownstreamTxByte(since);
      case UPSTREAM_CONNECT_BEGIN, UPSTREAM_CONNECT_END -> {} // an entry has no place for them
    }
  }

  private static AccessLogType type(StreamInfo info) {
    return switch (info.logType()) {
      case NOT_SET -> AccessLogType.NotSet;
      case TCP_UPSTREAM_CONNECTED -> AccessLogType.TcpUpstreamConnected;
      case TCP_PERIODIC -> AccessLogType.TcpPeriodic;
      case TCP_CONNECTION_END -> AccessLogType.TcpConnectionEnd;
      case DOWNSTREAM_START -> AccessLogType.DownstreamStart;
      case DOWNSTREAM_PERIODIC -> AccessLogType.DownstreamPeriodic;
      case DOWNSTREAM_END -> AccessLogType.DownstreamEnd;
      case DOWNSTREAM_TUNNEL_ESTABLISHED -> AccessLogType.DownstreamTunnelSuccessfullyEstablished;
    };
  }

  private static String streamId(StreamInfo info) {
    var head = info.requestHead();
    var line = head == null ? -1 : head.find(HeaderNames.X_REQUEST_ID);
    return head == null || line < 0
        ? ProxiedId.of(info)
        : new String(
            head.array(), head.valueOffset(line), head.valueLength(line), StandardCharsets.UTF_8);
  }

  private static Address address(HostPort host) {
    return host.isPipe()
        ? Address.newBuilder().setPipe(Pipe.newBuilder().setPath(host.host())).build()
        : Address.newBuilder()
            .setSocketAddress(
                SocketAddress.newBuilder().setAddress(host.host()).setPortValue(host.port()))
            .build();
  }
}
