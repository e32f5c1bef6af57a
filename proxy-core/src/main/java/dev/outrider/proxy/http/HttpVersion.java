package dev.outrider.proxy.http;

/// The versions of HTTP that have a codec here. HTTP/1.0 is spoken by the one of HTTP/1.1.
public enum HttpVersion {
  HTTP1,
  HTTP2
}
