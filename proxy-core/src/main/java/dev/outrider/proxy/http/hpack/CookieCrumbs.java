package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeadLines;
import dev.outrider.proxy.http.HeaderNames;

/// HTTP/2 may send a cookie in pieces; everybody else wants one line (RFC 9113 8.2.3).
final class CookieCrumbs {
  private CookieCrumbs() {}

  /// Replaces all `cookie` lines of a head that has not been edited yet by one behind the others.
  static void join(HeadLines head) {
    var cookie = HeaderNames.COOKIE;
    var room = cookie.length() + 4;
    for (var line = next(head, 0); line >= 0; line = next(head, line + 1)) {
      room += head.valueLength(line) + 2;
    }
    var bytes = head.rawRoom(room);
    var start = head.tail();
    System.arraycopy(cookie.bytes(), 0, bytes, start, cookie.length());
    var at = start + cookie.length();
    bytes[at++] = ':';
    bytes[at++] = ' ';
    var value = at;
    for (var line = next(head, 0); line >= 0; line = next(head, line + 1)) {
      if (at > value) {
        bytes[at++] = ';';
        bytes[at++] = ' ';
      }
      head.copyValue(line, bytes, at);
      at += head.valueLength(line);
      head.remove(line);
    }
    bytes[at] = '\r';
    bytes[at + 1] = '\n';
    head.tail(at + 2);
    head.appendRaw(cookie.key(), start, cookie.length(), value, at - value);
  }

  private static int next(HeadLines head, int fromLine) {
    return head.find(
        HeaderNames.COOKIE.key(),
        HeaderNames.COOKIE.bytes(),
        0,
        HeaderNames.COOKIE.length(),
        fromLine);
  }
}
