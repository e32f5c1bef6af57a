package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads a property by the path that a guest gives: segments joined with NUL, as in `request NUL
/// headers NUL x-user` (proxy-wasm `proxy_get_property`; attribute names and encodings are
/// Envoy's).
///
/// One per plugin, immutable, any thread.
public final class AttributeReader {
  private static final byte[] WASM_PREFIX = "wasm.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NO_PREFIX = new byte[0];

  private final AttributeRoots roots;

  public AttributeReader(AttributeRoots roots) {
    this.roots = roots;
  }

  /// Appends the value to `out`, in the encoding that guests expect. Nothing is appended unless it
  /// was found.
  ///
  /// @param path borrowed; one NUL at its end is taken as a terminator
  /// @param info null outside of a stream: only the node and the plugin's own names resolve then
  public Outcome read(
      byte[] path, int offset, int length, @Nullable StreamInfo info, ValueBuffer out) {
    var end = offset + length;
    if (length > 0 && path[end - 1] == 0) {
      end--;
    }
    if (offset == end) {
      return Outcome.NOT_SERIALIZABLE;
    }
    var hash = ByteRangeMap.hash(path, offset, end);
    var fixed = roots.get(path, offset, end, hash);
    if (fixed != null) {
      out.put(fixed);
      return Outcome.FOUND;
    }
    return info == null ? Outcome.NOT_FOUND : ofStream(path, offset, end, hash, info, out);
  }

  private static Outcome ofStream(
      byte[] path, int from, int end, int hash, StreamInfo info, ValueBuffer out) {
    var attribute = StreamAttributes.get(path, from, end, hash);
    if (attribute != null) {
      return attribute.read(info, out) ? Outcome.FOUND : Outcome.NOT_FOUND;
    }
    if (StreamAttributes.isRoot(path, from, end, hash)) {
      return Outcome.NOT_SERIALIZABLE;
    }
    var separator = indexOfNul(path, from, end);
    if (separator < 0) {
      return filterState(WASM_PREFIX, path, from, end, info, out);
    }
    if (equal(path, from, separator, "filter_state")) {
      return filterState(NO_PREFIX, path, separator + 1, end, info, out);
    }
    var second = indexOfNul(path, separator + 1, end);
    if (second >= 0) {
      var map = StreamAttributes.headers(path, from, second, info);
      if (map != null) {
        return HeaderMapValue.one(map, path, second + 1, end, out)
            ? Outcome.FOUND
            : Outcome.NOT_FOUND;
      }
    }
    return Outcome.NOT_FOUND;
  }

  private static Outcome filterState(
      byte[] prefix, byte[] path, int from, int end, StreamInfo info, ValueBuffer out) {
    var entry = info.filterState().get(prefix, path, from, end - from);
    if (entry == null) {
      entry = info.connection().state().get(prefix, path, from, end - from);
    }
    if (entry == null) {
      return Outcome.NOT_FOUND;
    }
    out.put(entry.value());
    return Outcome.FOUND;
  }

  private static int indexOfNul(byte[] path, int from, int end) {
    for (var i = from; i < end; i++) {
      if (path[i] == 0) {
        return i;
      }
    }
    return -1;
  }

  private static boolean equal(byte[] path, int from, int end, String ascii) {
    if (end - from != ascii.length()) {
      return false;
    }
    for (var i = from; i < end; i++) {
      if (path[i] != ascii.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  /// What became of a read.
  public enum Outcome {
    FOUND,
    /// Nothing has that path, or it has no value now.
    NOT_FOUND,
    /// The path is empty, or names a group of attributes rather than one.
    NOT_SERIALIZABLE
  }
}
