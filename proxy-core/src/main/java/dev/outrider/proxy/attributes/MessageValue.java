package dev.outrider.proxy.attributes;

import dev.outrider.proxy.attributes.MessageShape.Fields;
import dev.outrider.proxy.attributes.MessageShape.Json;
import dev.outrider.proxy.attributes.MessageShape.ListOf;
import dev.outrider.proxy.attributes.MessageShape.MapOf;
import dev.outrider.proxy.attributes.MessageShape.Scalar;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads a part of a serialised message, by names of fields, keys of maps and numbers of items; and
/// writes it as a guest expects it: fields that are not set have their default, `Struct` and
/// `ListValue` are maps and lists, a `Value` is what it holds.
///
/// Used for one read.
final class MessageValue {
  // As protobuf's own limit; a guest may have made the message.
  private static final int DEEPEST = 100;
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
  private final byte[] path;
  private final int pathEnd;
  private final ValueBuffer out;
  private int depth;

  private MessageValue(byte[] source, byte[] path, int pathEnd, ValueBuffer out) {
    this.source = source;
    this.path = path;
    this.pathEnd = pathEnd;
    this.out = out;
  }

  /// @param from where in `path` the part's name begins, segments being separated by NUL; behind
  ///   `pathEnd` if the whole is wanted
  static AttributeKind read(
      MessageShape shape, byte[] message, byte[] path, int from, int pathEnd, ValueBuffer out) {
    var size = out.size();
    var kind =
        new MessageValue(message, path, pathEnd, out).value(shape, 0, message.length, 0, from);
    if (kind == AttributeKind.GROUP || kind == AttributeKind.ABSENT) {
      out.truncate(size);
    }
    return kind;
  }

  /// @param scalar the value itself, of a number or a bool
  private AttributeKind value(MessageShape shape, int from, int to, long scalar, int segment) {
    if (depth == DEEPEST) {
      return AttributeKind.GROUP;
    }
    depth++;
    var kind = inside(shape, from, to, scalar, segment);
    depth--;
    return kind;
  }

  private AttributeKind inside(MessageShape shape, int from, int to, long scalar, int segment) {
    return switch (shape) {
      case Scalar type -> segment > pathEnd ? scalar(type, from, to, scalar) : AttributeKind.ABSENT;
      case Json json -> json(json, from, to, segment);
      case Fields fields -> message(fields, from, to, segment);
      case MapOf(var values) -> map(values, 1, from, to, segment);
      case ListOf(var items) -> list(items, 1, from, to, segment);
    };
  }

  private AttributeKind scalar(Scalar type, int from, int to, long scalar) {
    switch (type) {
      case TEXT, BYTES -> out.put(source, from, to - from);
      case BOOL -> out.put(scalar == 0 ? 0 : 1);
      case INT, UINT -> out.putLongLittleEndian(scalar);
    }
    return switch (type) {
      case TEXT -> AttributeKind.TEXT;
      case BYTES -> AttributeKind.BYTES;
      case BOOL -> AttributeKind.BOOL;
      case INT -> AttributeKind.INT;
      case UINT -> AttributeKind.UINT;
    };
  }

  private AttributeKind json(Json json, int from, int to, int segment) {
    return switch (json) {
      case STRUCT -> map(Json.VALUE, CONTENT, from, to, segment);
      case LIST -> list(Json.VALUE, CONTENT, from, to, segment);
      case VALUE -> jsonValue(from, to, segment);
    };
  }

  private AttributeKind jsonValue(int from, int to, int segment) {
    var fields = new WireFields(source, from, to);
    if (!fields.next()) {
      return AttributeKind.GROUP;
    }
    return switch (fields.number()) {
      case STRING_VALUE -> value(Scalar.TEXT, fields.from(), fields.to(), 0, segment);
      case BOOL_VALUE -> value(Scalar.BOOL, 0, 0, fields.scalar(), segment);
      case STRUCT_VALUE -> json(Json.STRUCT, fields.from(), fields.to(), segment);
      case LIST_VALUE -> json(Json.LIST, fields.from(), fields.to(), segment);
      case NUMBER_VALUE -> {
        if (segment <= pathEnd) {
          yield AttributeKind.ABSENT;
        }
        out.putLongLittleEndian(fields.scalar());
        yield AttributeKind.DOUBLE;
      }
      default -> segment > pathEnd ? AttributeKind.GROUP : AttributeKind.ABSENT; // null
    };
  }

  private AttributeKind message(Fields shape, int from, int to, int segment) {
    if (segment > pathEnd) {
      out.put(source, from, to - from);
      return AttributeKind.MESSAGE;
    }
    var end = segmentEnd(segment);
    var field = shape.find(new String(path, segment, end - segment, StandardCharsets.UTF_8));
    if (field == null) {
      return AttributeKind.ABSENT;
    }
    return switch (field.shape()) {
      case MapOf(var values) -> map(values, field.number(), from, to, end + 1);
      case ListOf(var items) -> list(items, field.number(), from, to, end + 1);
      case Scalar _, Json _, Fields _ -> {
        var fields = new WireFields(source, from, to);
        yield fields.last(field.number())
            ? value(field.shape(), fields.from(), fields.to(), fields.scalar(), end + 1)
            : value(field.shape(), 0, 0, 0, end + 1);
      }
    };
  }

  private AttributeKind map(MessageShape values, int number, int from, int to, int segment) {
    if (segment > pathEnd) {
      return wholeMap(values, number, from, to);
    }
    var end = segmentEnd(segment);
    var entries = new WireFields(source, from, to);
    var kind = AttributeKind.ABSENT;
    var size = out.size();
    while (entries.next(number)) {
      var key = new WireFields(source, entries.from(), entries.to());
      var known = key.last(KEY);
      var keyFrom = known ? key.from() : 0;
      var keyTo = known ? key.to() : 0;
      if (Arrays.equals(source, keyFrom, keyTo, path, segment, end)) {
        out.truncate(size);
        kind = entryValue(values, entries, end + 1);
      }
    }
    return kind;
  }

  private AttributeKind entryValue(MessageShape values, WireFields entry, int segment) {
    var value = new WireFields(source, entry.from(), entry.to());
    return value.last(VALUE)
        ? value(values, value.from(), value.to(), value.scalar(), segment)
        : value(values, 0, 0, 0, segment);
  }

  private AttributeKind wholeMap(MessageShape values, int number, int from, int to) {
    var pairs = out.beginPairs(count(number, from, to));
    var entries = new WireFields(source, from, to);
    for (var index = 0; entries.next(number); index++) {
      var key = new WireFields(source, entries.from(), entries.to());
      if (key.last(KEY)) {
        out.put(source, key.from(), key.to() - key.from());
      }
      out.endKey(pairs, index);
      if (entryValue(values, entries, pathEnd + 1) == AttributeKind.GROUP) {
        return AttributeKind.GROUP;
      }
      out.endValue(pairs, index);
    }
    return AttributeKind.MAP;
  }

  private AttributeKind list(MessageShape items, int number, int from, int to, int segment) {
    if (segment > pathEnd) {
      return wholeList(items, number, from, to);
    }
    var end = segmentEnd(segment);
    var wanted = index(segment, end);
    var fields = new WireFields(source, from, to);
    for (var index = 0; fields.next(number); index++) {
      if (index == wanted) {
        return value(items, fields.from(), fields.to(), fields.scalar(), end + 1);
      }
    }
    return AttributeKind.ABSENT;
  }

  private AttributeKind wholeList(MessageShape items, int number, int from, int to) {
    var pairs = out.beginPairs(count(number, from, to));
    var fields = new WireFields(source, from, to);
    for (var index = 0; fields.next(number); index++) {
      if (value(items, fields.from(), fields.to(), fields.scalar(), pathEnd + 1)
          == AttributeKind.GROUP) {
        return AttributeKind.GROUP;
      }
      out.endKey(pairs, index);
      out.endValue(pairs, index);
    }
    return AttributeKind.LIST;
  }

  private int count(int number, int from, int to) {
    var count = 0;
    for (var fields = new WireFields(source, from, to); fields.next(number); ) {
      count++;
    }
    return count;
  }

  /// Decimal; -1 for anything else.
  private int index(int from, int end) {
    var index = from < end && end - from < 10 ? 0 : -1;
    for (var i = from; i < end && index >= 0; i++) {
      var digit = path[i] - '0';
      index = digit >= 0 && digit <= 9 ? index * 10 + digit : -1;
    }
    return index;
  }

  private int segmentEnd(int from) {
    var end = from;
    while (end < pathEnd && path[end] != 0) {
      end++;
    }
    return end;
  }
}
