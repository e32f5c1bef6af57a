package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;

/// Removes a `referer` that is no address of a page, as Envoy does: neither an absolute URL without
/// userinfo and fragment, nor a relative reference (RFC 3986 4.2).
final class Referer {
  private static final int MAX_PORT = 65_535;
  private static final String MARKS = "-._~%!$&'()*+,;=@?";

  private Referer() {}

  static void drop(HeaderMap head) {
    var line = head.find(HeaderNames.REFERER);
    if (line >= 0) {
      var from = head.valueOffset(line);
      var to = from + head.valueLength(line);
      if (!isUrl(head.array(), from, to) && !isRelative(head.array(), from, to)) {
        head.remove(HeaderNames.REFERER);
      }
    }
  }

  private static boolean isUrl(byte[] bytes, int from, int to) {
    var at = from;
    while (at < to && isLetter(bytes[at])) {
      at++;
    }
    if (at == from || at + 3 >= to || !isEnd(bytes, at)) {
      return false;
    }
    var host = at + 3;
    var end = host;
    while (end < to && "/?#".indexOf(bytes[end]) < 0) {
      end++;
    }
    return isAuthority(bytes, host, end) && !contains(bytes, end, to, '#');
  }

  /// The `://` behind a scheme.
  private static boolean isEnd(byte[] bytes, int at) {
    return bytes[at] == ':' && bytes[at + 1] == '/' && bytes[at + 2] == '/';
  }

  private static boolean isAuthority(byte[] bytes, int from, int to) {
    var port = to;
    while (port > from && isDigit(bytes[port - 1])) {
      port--;
    }
    var hasPort = port > from && bytes[port - 1] == ':';
    var host = hasPort ? port - 1 : to;
    for (var i = from; i < host; i++) {
      if (bytes[i] <= ' ' || bytes[i] == '@' || (bytes[i] == ':' && bytes[from] != '[')) {
        return false;
      }
    }
    return host > from && (!hasPort || fits(bytes, port, to));
  }

  private static boolean fits(byte[] bytes, int from, int to) {
    var number = 0;
    for (var i = from; i < to && number <= MAX_PORT; i++) {
      number = number * 10 + bytes[i] - '0';
    }
    return number <= MAX_PORT;
  }

  private static boolean isRelative(byte[] bytes, int from, int to) {
    var slash = false;
    for (var i = from; i < to; i++) {
      slash |= bytes[i] == '/';
      var fits =
          (bytes[i] == ':' || bytes[i] == '/')
              ? slash
              : isLetter(bytes[i]) || isDigit(bytes[i]) || MARKS.indexOf(bytes[i]) >= 0;
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  private static boolean contains(byte[] bytes, int from, int to, char wanted) {
    for (var i = from; i < to; i++) {
      if (bytes[i] == wanted) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLetter(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }
}
