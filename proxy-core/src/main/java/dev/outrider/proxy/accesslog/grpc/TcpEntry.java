package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.data.accesslog.v3.ConnectionProperties;
import io.envoyproxy.envoy.data.accesslog.v3.TCPAccessLogEntry;

/// One connection as an entry.
final class TcpEntry {
  private TcpEntry() {}

  static TCPAccessLogEntry of(StreamInfo info) {
    return TCPAccessLogEntry.newBuilder()
        .setCommonProperties(CommonProperties.of(info))
        .setConnectionProperties(
            ConnectionProperties.newBuilder()
                .setReceivedBytes(info.sizes().requestBody())
                .setSentBytes(info.sizes().responseBody()))
        .build();
  }
}
