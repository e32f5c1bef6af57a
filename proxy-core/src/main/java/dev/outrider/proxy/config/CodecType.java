package dev.outrider.proxy.config;

/// Which version of HTTP clients speak (Envoy `HttpConnectionManager.CodecType`).
public enum CodecType {
  /// HTTP/2 if the connection begins with its preface, else HTTP/1.
  AUTO,
  HTTP1,
  HTTP2
}
