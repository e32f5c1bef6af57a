package dev.outrider.proxy.overload;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where something can be refused at once while resources are short, before it has cost much.
public enum LoadShedPoint {
  /// A connection that was accepted is closed.
  TCP_LISTENER_ACCEPT,
  /// A connection is closed when its first bytes have come, before they are read as HTTP.
  HCM_ONDATA_CREATING_CODEC,
  /// A request is answered by 503.
  HTTP_CONNECTION_MANAGER_DECODE_HEADERS,
  /// A request over HTTP/1 is answered by 500, and ends its connection.
  HTTP1_SERVER_ABORT_DISPATCH,
  /// A connection of HTTP/2 is told to go with its next response; one of HTTP/1 ends with it.
  HTTP2_SERVER_GO_AWAY_ON_DISPATCH;

  private static final String ALL = "envoy.load_shed_points.";

  /// As in Envoy: `envoy.load_shed_points.tcp_listener_accept`.
  public String envoyName() {
    return ALL + name().toLowerCase(Locale.ROOT);
  }

  /// Null if it is none of these.
  public static @Nullable LoadShedPoint of(String envoyName) {
    for (var point : values()) {
      if (point.envoyName().equals(envoyName)) {
        return point;
      }
    }
    return null;
  }
}
