package dev.outrider.proxy.http;

import org.jspecify.annotations.Nullable;

/// What a request head must have before it is routed, whatever the protocol version: Envoy's order
/// of checks after the codec.
public final class RequestHeadCheck {
  private static final byte[] QUERY = {'Q', 'U', 'E', 'R', 'Y'};

  private RequestHeadCheck() {}

  /// Returns the first reason to refuse the request, or null. `CONNECT` needs no path.
  public static @Nullable MessageError check(HeaderMap head) {
    if (!head.contains(HeaderNames.AUTHORITY)) {
      return MessageError.MISSING_HOST;
    }
    if (!authorityFits(head)) {
      return MessageError.INVALID_AUTHORITY;
    }
    return Tunnel.isConnect(head) ? null : checkTarget(head);
  }

  /// Envoy's HTTP/1 codec looks at the authority itself, so that the request counts as malformed.
  public static boolean authorityFits(HeaderMap head) {
    var authority = head.find(HeaderNames.AUTHORITY);
    return authority < 0
        || HeaderSyntax.isAuthority(
            head.array(), head.valueOffset(authority), head.valueLength(authority));
  }

  private static @Nullable MessageError checkTarget(HeaderMap head) {
    var error = checkPath(head);
    if (error != null) {
      return error;
    }
    var method = head.find(HeaderNames.METHOD);
    return method >= 0
            && head.valueEquals(method, QUERY)
            && !head.contains(HeaderNames.CONTENT_TYPE)
        ? MessageError.QUERY_WITHOUT_TYPE
        : null;
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
        return MessageError.PATH_NORMALIZATION;
      }
    }
    return null;
  }
}
