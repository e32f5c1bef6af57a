package dev.outrider.proxy.overload;

/// A timeout that overload shortens (Envoy `ScaleTimersOverloadActionConfig.TimerType`).
public enum ScaledTimeout {
  HTTP_DOWNSTREAM_CONNECTION_IDLE,
  HTTP_DOWNSTREAM_STREAM_IDLE,
  TRANSPORT_SOCKET_CONNECT,
  HTTP_DOWNSTREAM_CONNECTION_MAX,
  HTTP_DOWNSTREAM_STREAM_FLUSH
}
