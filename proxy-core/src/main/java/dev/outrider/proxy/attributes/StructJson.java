package dev.outrider.proxy.attributes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Shows parts of serialised `core.v3.Metadata` as JSON with sorted keys, as Envoy's logs do. Used
/// for one value.
final class StructJson {
  // As protobuf's own limit.
  private static final int DEEPEST = 100;
  private static final int FILTER_METADATA = 1;
  private static final int KEY = 1;
  private static final int VALUE = 2;
  // google.protobuf.Value
  private static final int NUMBER_VALUE = 2;
  private static final int STRING_VALUE = 3;
  private static final int BOOL_VALUE = 4;
  private static final int STRUCT_VALUE = 5;
  private static final int LIST_VALUE = 6;
  // The one field of google.protobuf.Struct and of ListValue.
  private static final int CONTENT = 1;

  private final byte[] source;

  private StructJson(byte[] source) {
    this.source = source;
  }

  /// A value within a message: where it stands, and of which kind it is.
  private record Place(Kind kind, int from, int to, long scalar) {}

  private enum Kind {
    NULL,
    NUMBER,
    TEXT,
    BOOL,
    STRUCT,
    LIST
  }

  /// Writes what stands at a path; false, with nothing written, if that is nothing or null.
  ///
  /// @param path the name of the filter, then keys
  /// @param json whether a text is quoted
  /// @param maxBytes of a text; and of everything else unless it is for JSON
  static boolean write(
      byte[] metadata, List<byte[]> path, boolean json, int maxBytes, ValueBuffer out) {
    var reader = new StructJson(metadata);
    var place = reader.find(path);
    if (place == null || place.kind == Kind.NULL) {
      return false;
    }
    var from = out.size();
    if (place.kind == Kind.TEXT) {
      out.put(metadata, place.from, Math.min(maxBytes, place.to - place.from));
      if (json) {
        JsonText.quoteFrom(from, out);
      }
      return true;
    }
    reader.put(place, 0, out);
    if (!json && out.size() - from > maxBytes) {
      out.truncate(from + maxBytes);
    }
    return true;
  }

  private @Nullable Place find(List<byte[]> path) {
    var struct = entry(FILTER_METADATA, 0, source.length, path.getFirst());
    if (struct == null) {
      return null;
    }
    var place = new Place(Kind.STRUCT, struct.from(), struct.to(), 0);
    for (var i = 1; i < path.size(); i++) {
      var value =
          place.kind == Kind.STRUCT ? entry(CONTENT, place.from, place.to, path.get(i)) : null;
      if (value == null) {
        return null;
      }
      place = place(value.from(), value.to());
    }
    return place;
  }

  /// The value of a map's last entry with that key.
  private @Nullable WireFields entry(int number, int from, int to, byte[] key) {
    WireFields found = null;
    for (var entries = new WireFields(source, from, to); entries.next(number); ) {
      var name = new WireFields(source, entries.from(), entries.to());
      if (name.last(KEY) && same(name, key)) {
        var value = new WireFields(source, entries.from(), entries.to());
        found = value.last(VALUE) ? value : null;
      }
    }
    return found;
  }

  private boolean same(WireFields name, byte[] key) {
    return Arrays.equals(source, name.from(), name.to(), key, 0, key.length);
  }

  private Place place(int from, int to) {
    var fields = new WireFields(source, from, to);
    var place = new Place(Kind.NULL, 0, 0, 0);
    while (fields.next()) {
      var kind =
          switch (fields.number()) {
            case NUMBER_VALUE -> Kind.NUMBER;
            case STRING_VALUE -> Kind.TEXT;
            case BOOL_VALUE -> Kind.BOOL;
            case STRUCT_VALUE -> Kind.STRUCT;
            case LIST_VALUE -> Kind.LIST;
            default -> Kind.NULL;
          };
      place = new Place(kind, fields.from(), fields.to(), fields.scalar());
    }
    return place;
  }

  private void put(Place place, int depth, ValueBuffer out) {
    switch (place.kind) {
      case NULL -> out.put("null");
      case NUMBER -> out.put(JsonNumber.text(Double.longBitsToDouble(place.scalar)));
      case BOOL -> out.put(place.scalar == 0 ? "false" : "true");
      case TEXT -> JsonText.quote(source, place.from, place.to - place.from, out);
      case STRUCT -> putStruct(place, depth, out);
      case LIST -> putList(place, depth, out);
    }
  }

  private void putStruct(Place struct, int depth, ValueBuffer out) {
    var members = new TreeMap<String, Place>();
    var entries = new WireFields(source, struct.from, struct.to);
    while (depth < DEEPEST && entries.next(CONTENT)) {
      var key = new WireFields(source, entries.from(), entries.to());
      var value = new WireFields(source, entries.from(), entries.to());
      var name =
          key.last(KEY)
              ? new String(source, key.from(), key.to() - key.from(), StandardCharsets.UTF_8)
              : "";
      members.put(
          name,
          value.last(VALUE) ? place(value.from(), value.to()) : new Place(Kind.NULL, 0, 0, 0));
    }
    var separator = '{';
    for (var member : members.entrySet()) {
      out.put(separator);
      out.put(JsonText.quoted(member.getKey()));
      out.put(':');
      put(member.getValue(), depth + 1, out);
      separator = ',';
    }
    out.put(members.isEmpty() ? "{}" : "}");
  }

  private void putList(Place list, int depth, ValueBuffer out) {
    out.put('[');
    var items = new WireFields(source, list.from, list.to);
    for (var first = true; depth < DEEPEST && items.next(CONTENT); first = false) {
      if (!first) {
        out.put(',');
      }
      put(place(items.from(), items.to()), depth + 1, out);
    }
    out.put(']');
  }
}
