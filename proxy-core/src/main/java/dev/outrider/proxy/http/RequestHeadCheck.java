package dev.outrider.proxy.http;

import org.jspecify.annotations.Nullable;

/// What a request head must have before it is routed, whatever the protocol version: Envoy's order
/// of checks after the codec.
public final class RequestHeadCheck {
  private RequestHeadCheck() {}

  /// Returns the first reason to refuse the request, or null. `CONNECT` needs no path.
  public static @Nullable MessageError check(HeaderMap head) {
    var authority = head.find(HeaderNames.AUTHORITY);
    if (authority < 0) {
      return MessageError.MISSING_HOST;
    }
    if (!HeaderSyntax.isAuthority(
        head.array(), head.valueOffset(authority), head.valueLength(authority))) {
      return MessageError.INVALID_AUTHORITY;
    }
    return Tunnel.isConnect(head) ? null : checkPath(head);
  }

  /// The name of a pseudo-header without which the head cannot be sent, or null: filters may have
  /// removed one.
  public static @Nullable HeaderName missing(HeaderMap head) {
    if (!head.contains(HeaderNames.METHOD)) {
      return HeaderNames.METHOD;
    }
    if (Tunnel.isConnect(head)) {
      return head.contains(HeaderNames.AUTHORITY) ? null : HeaderNames.AUTHORITY;
    }
    var path = head.find(HeaderNames.PATH);
    return path < 0 || head.valueLength(path) == 0 ? HeaderNames.PATH : null;
  }

  private static @Nullable MessageError checkPath(HeaderMap head) {
    var path = head.find(HeaderNames.PATH);
    if (path < 0 || head.valueLength(path) == 0) {
      return MessageError.MISSING_PATH;
    }
    if (head.valueByte(path, 0) != '/') {
      return MessageError.ABSOLUTE_PATH;
    }
    var bytes = head.array();
    var from = head.valueOffset(path);
    for (var i = from; i < from + head.valueLength(path); i++) {
      if (bytes[i] == '#') {
        return MessageError.PATH_FRAGMENT;
      }
    }
    return null;
  }
}
