package dev.outrider.proxy.attributes;

import dev.outrider.proxy.http.HeaderMap;
import org.jspecify.annotations.Nullable;

/// Header maps as values: one header with its lines joined by commas, or all of them as pairs
/// (proxy-wasm's wire form: count, lengths, then names and values each ended by a NUL).
final class HeaderMapValue {
  private HeaderMapValue() {}

  /// False, with nothing written, if there is no such header. The name may have any case.
  static boolean one(HeaderMap map, byte[] name, int from, int to, ValueBuffer out) {
    var line = map.find(name, from, to - from, 0);
    if (line < 0) {
      return false;
    }
    out.putValue(map, line);
    while ((line = map.find(name, from, to - from, line + 1)) >= 0) {
      out.put(',');
      out.putValue(map, line);
    }
    return true;
  }

  /// Each name once; no pairs if there is no map now.
  static void all(@Nullable HeaderMap map, ValueBuffer out) {
    var names = 0;
    for (var line = 0; map != null && line < map.lines(); line++) {
      names += isFirst(map, line, out) ? 1 : 0;
    }
    var pairs = out.beginPairs(names);
    var index = 0;
    for (var line = 0; map != null && line < map.lines(); line++) {
      if (isFirst(map, line, out)) {
        var name = out.size();
        out.putName(map, line);
        var nameEnd = out.size();
        out.endKey(pairs, index);
        one(map, out.array(), name, nameEnd, out);
        out.endValue(pairs, index++);
      }
    }
  }

  /// Whether no line before has the same name. The name is lent by the end of `out`.
  private static boolean isFirst(HeaderMap map, int line, ValueBuffer out) {
    if (!map.live(line)) {
      return false;
    }
    var size = out.size();
    out.putName(map, line);
    var first = map.find(out.array(), size, out.size() - size, 0);
    out.truncate(size);
    return first == line;
  }
}
