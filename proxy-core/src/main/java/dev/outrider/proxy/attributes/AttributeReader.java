package dev.outrider.proxy.attributes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads a property by the path that a guest gives: segments joined with NUL, as in `request NUL
/// headers NUL x-user` (proxy-wasm `proxy_get_property`; attribute names and encodings are
/// Envoy's).
///
/// Other than in Envoy 1.40, attributes of the request stay readable while the response passes, and
/// roots that were removed still work, unless a filter has kept something under their name. Where
/// nothing reads TLS, its attributes are absent.
///
/// One per plugin, immutable, any thread.
public final class AttributeReader {
  private static final byte[] WASM_PREFIX = "wasm.".getBytes(US_ASCII);
  private static final byte[] NO_PREFIX = new byte[0];
  private static final byte[] XDS = "xds\0".getBytes(US_ASCII);
  private static final ByteRangeMap<Boolean> FILTER_STATE =
      new ByteRangeMap<>(Map.of("filter_state", true));

  /// Roots that Envoy had until 1.33, and that older plugins ask for: now below `xds`.
  private static final ByteRangeMap<Boolean> REMOVED =
      new ByteRangeMap<>(
          Map.of(
              "node", true,
              "cluster_name", true,
              "cluster_metadata", true,
              "route_name", true,
              "route_metadata", true,
              "listener_direction", true,
              "listener_metadata", true,
              "upstream_host_metadata", true));

  private final AttributeRoots roots;

  public AttributeReader(AttributeRoots roots) {
    this.roots = roots;
  }

  /// Appends the value to `out`, in the encoding that guests expect. Nothing is appended if it is
  /// ABSENT or a GROUP.
  ///
  /// @param path borrowed; one NUL at its end is taken as a terminator
  /// @param info null outside of a stream: only the node and the plugin's own names resolve then
  public AttributeKind read(
      byte[] path, int offset, int length, @Nullable StreamInfo info, ValueBuffer out) {
    var end = offset + length;
    if (length > 0 && path[end - 1] == 0) {
      end--;
    }
    if (offset == end) {
      return AttributeKind.GROUP;
    }
    var size = out.size();
    var kind = known(path, offset, end, info, out);
    if (kind == AttributeKind.ABSENT && info != null) {
      kind = kept(path, offset, end, info, out);
    }
    if (kind == AttributeKind.ABSENT
        && REMOVED.get(path, offset, indexOfNul(path, offset, end)) != null) {
      kind = removed(path, offset, end, info, out);
    }
    if (kind == AttributeKind.ABSENT) {
      out.truncate(size);
    }
    return kind;
  }

  private AttributeKind known(
      byte[] path, int from, int end, @Nullable StreamInfo info, ValueBuffer out) {
    var hash = ByteRangeMap.hash(path, from, end);
    var fixed = roots.get(path, from, end, hash);
    if (fixed != null) {
      out.put(fixed.value());
      return fixed.kind();
    }
    var attribute = info == null ? null : StreamAttributes.get(path, from, end, hash);
    if (info != null && attribute != null) {
      return attribute.read(info, out);
    }
    var first = indexOfNul(path, from, end);
    var second = indexOfNul(path, Math.min(first + 1, end), end);
    var node = roots.node(path, from, second);
    if (node != null) {
      return MessageValue.read(MessageShape.NODE, node, path, second + 1, end, out);
    }
    return info == null ? AttributeKind.ABSENT : member(path, from, first, second, end, info, out);
  }

  /// A header of a map, or a part of a message.
  private static AttributeKind member(
      byte[] path, int from, int first, int second, int end, StreamInfo info, ValueBuffer out) {
    var map = StreamAttributes.headers(path, from, second, info);
    if (map != null) {
      return HeaderMapValue.one(map, path, second + 1, end, out)
          ? AttributeKind.TEXT
          : AttributeKind.ABSENT;
    }
    var below = first;
    var message = StreamAttributes.message(path, from, first);
    if (message == null) {
      below = second;
      message = StreamAttributes.message(path, from, second);
    }
    var bytes = message == null ? null : message.message().apply(info);
    return message == null || bytes == null
        ? AttributeKind.ABSENT
        : MessageValue.read(message.shape(), bytes, path, below + 1, end, out);
  }

  /// What filters left: under its own name, or `wasm.` and the path as it is.
  private static AttributeKind kept(
      byte[] path, int from, int end, StreamInfo info, ValueBuffer out) {
    var first = indexOfNul(path, from, end);
    return first < end && FILTER_STATE.get(path, from, first) != null
        ? entry(NO_PREFIX, path, first + 1, end, info, out)
        : entry(WASM_PREFIX, path, from, end, info, out);
  }

  private static AttributeKind entry(
      byte[] prefix, byte[] path, int from, int end, StreamInfo info, ValueBuffer out) {
    var nameEnd = indexOfNul(path, from, end);
    var entry = info.kept(prefix, path, from, nameEnd - from);
    if (entry == null) {
      return AttributeKind.ABSENT;
    }
    if (nameEnd < end) {
      return part(entry, path, nameEnd + 1, end, out);
    }
    out.put(entry.value());
    return entry.shape().type() == FilterState.Type.TEXT ? AttributeKind.TEXT : AttributeKind.BYTES;
  }

  private static AttributeKind part(
      FilterState.Entry entry, byte[] path, int from, int end, ValueBuffer out) {
    var shape = MessageShape.ofTypeUrl(entry.shape().schema());
    return shape == null
        ? AttributeKind.ABSENT
        : MessageValue.read(shape, entry.value(), path, from, end, out);
  }

  private AttributeKind removed(
      byte[] path, int from, int end, @Nullable StreamInfo info, ValueBuffer out) {
    var newPath = new byte[XDS.length + end - from];
    System.arraycopy(XDS, 0, newPath, 0, XDS.length);
    System.arraycopy(path, from, newPath, XDS.length, end - from);
    return known(newPath, 0, newPath.length, info, out);
  }

  /// `end` if there is none.
  private static int indexOfNul(byte[] path, int from, int end) {
    var at = from;
    while (at < end && path[at] != 0) {
      at++;
    }
    return at;
  }
}
