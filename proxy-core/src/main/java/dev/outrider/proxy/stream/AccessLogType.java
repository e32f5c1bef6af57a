package dev.outrider.proxy.stream;

/// At which moment an access log is written (Envoy `data.accesslog.v3.AccessLogType`).
public enum AccessLogType {
  NOT_SET("NotSet"),
  TCP_UPSTREAM_CONNECTED("TcpUpstreamConnected"),
  TCP_PERIODIC("TcpPeriodic"),
  TCP_CONNECTION_END("TcpConnectionEnd"),
  DOWNSTREAM_START("DownstreamStart"),
  DOWNSTREAM_PERIODIC("DownstreamPeriodic"),
  DOWNSTREAM_END("DownstreamEnd"),
  DOWNSTREAM_TUNNEL_ESTABLISHED("DownstreamTunnelSuccessfullyEstablished");

  private final String text;

  AccessLogType(String text) {
    this.text = text;
  }

  /// As Envoy writes it.
  public String text() {
    return text;
  }
}
