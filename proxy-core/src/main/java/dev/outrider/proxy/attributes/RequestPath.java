package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;

/// The two halves of `:path`.
final class RequestPath {
  private RequestPath() {}

  static boolean beforeQuery(StreamInfo info, ValueBuffer out) {
    var head = info.requestHead();
    var line = head == null ? -1 : head.find(HeaderNames.PATH);
    if (head == null || line < 0) {
      return false;
    }
    var from = head.valueOffset(line);
    var to = from + head.valueLength(line);
    out.put(head.array(), from, indexOf(head.array(), from, to, '?') - from);
    return true;
  }

  /// Empty without a question mark; a fragment is not part of it.
  static boolean query(StreamInfo info, ValueBuffer out) {
    var head = info.requestHead();
    var line = head == null ? -1 : head.find(HeaderNames.PATH);
    if (head == null || line < 0) {
      return false;
    }
    var from = head.valueOffset(line);
    var to = from + head.valueLength(line);
    var start = Math.min(indexOf(head.array(), from, to, '?') + 1, to);
    out.put(head.array(), start, indexOf(head.array(), start, to, '#') - start);
    return true;
  }

  /// `to` if it is not there.
  private static int indexOf(byte[] bytes, int from, int to, char wanted) {
    for (var i = from; i < to; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return to;
  }
}
