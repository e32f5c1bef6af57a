package dev.outrider.proxy.http;

import org.jspecify.annotations.Nullable;

/// What a request head must have before it is routed, whatever the protocol version: Envoy's order
/// of checks after the codec.
public final class RequestHeadCheck {
  private RequestHeadCheck() {}

  /// Returns the first reason to refuse the request, or null. `CONNECT` needs no path.
  public static @Nullable MessageError check(HeaderMap head) {
    throw new UnsupportedOperationException("lands next");
  }
}
