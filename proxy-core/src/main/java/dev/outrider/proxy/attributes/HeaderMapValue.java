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

  /// False if there is no map now.
  static boolean all(@Nullable HeaderMap map, ValueBuffer out) {
    if (map == null) {
      return false;
    }
    out.putIntLittleEndian(map.count());
    for (var line = 0; line < map.lines(); line++) {
      if (map.live(line)) {
        out.putIntLittleEndian(map.nameLength(line));
        out.putIntLittleEndian(map.valueLength(line));
      }
    }
    for (var line = 0; line < map.lines(); line++) {
      if (map.live(line)) {
        out.putName(map, line);
        out.put(0);
        out.putValue(map, line);
        out.put(0);
      }
    }
    return true;
  }
}
