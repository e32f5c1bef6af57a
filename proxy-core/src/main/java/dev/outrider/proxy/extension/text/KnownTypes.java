package dev.outrider.proxy.extension.text;

import dev.outrider.proxy.extension.FieldPath;
import dev.outrider.proxy.extension.schema.FieldKind;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.schema.SchemaField;
import dev.outrider.proxy.extension.schema.SchemaMessage;
import dev.outrider.proxy.extension.schema.WireCursor;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.regex.Pattern;

/// The messages of `google.protobuf` that protobuf's JSON mapping writes in a notation of their
/// own.
final class KnownTypes {
  private static final String PACKAGE = "google.protobuf.";
  private static final long MOST_SECONDS = 315_576_000_000L;
  private static final Pattern DURATION = Pattern.compile("(-?)(\\d{1,12})(?:\\.(\\d{1,9}))?s");
  private static final long FIRST_SECOND = -62_135_596_800L;
  private static final long LAST_SECOND = 253_402_300_799L;

  private final MessageEncoder encoder;
  private final WireWriter out;
  private final ScalarValues scalars;
  private final Problems problems;

  KnownTypes(MessageEncoder encoder, WireWriter out, ScalarValues scalars, Problems problems) {
    this.encoder = encoder;
    this.out = out;
    this.scalars = scalars;
    this.problems = problems;
  }

  /// True if a null is a value of the field, not its absence.
  static boolean takesNull(Schema schema, SchemaField field) {
    return field.kind() == FieldKind.MESSAGE
        && !field.map()
        && schema.messageOf(field).name().equals("google.protobuf.Value");
  }

  /// Writes the body of a message of one of these types; false for any other type.
  boolean write(SchemaMessage type, ConfigNode node, FieldPath path) {
    if (!type.name().startsWith(PACKAGE)) {
      return false;
    }
    switch (type.name().substring(PACKAGE.length())) {
      case "Any" -> any(node, path);
      case "Duration" -> duration(node, path);
      case "Timestamp" -> timestamp(node, path);
      case "FieldMask" -> fieldMask(node, path);
      case "Struct" -> struct(node, path);
      case "ListValue" -> listValue(node, path);
      case "Value" -> structValue(node, path);
      case "BoolValue",
          "BytesValue",
          "DoubleValue",
          "FloatValue",
          "Int32Value",
          "Int64Value",
          "StringValue",
          "UInt32Value",
          "UInt64Value" ->
          encoder.value(type.fields().getFirst(), node, path, true);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void any(ConfigNode node, FieldPath path) {
    if (!(node instanceof ConfigNode.Mapping mapping)) {
      problems.expected("a mapping with '@type'", node, path);
      return;
    }
    if (mapping.entries().isEmpty()) {
      return;
    }
    var type = mapping.entries().stream().filter(e -> e.key().equals("@type")).findFirst();
    if (type.isEmpty()) {
      problems.add(node, path, "expected '@type' with the type URL of the message");
      return;
    }
    var url = scalars.text(type.get().value(), path.field("@type"));
    if (url == null) {
      return;
    }
    var message =
        url.contains("/")
            ? encoder.schema().message(url.substring(url.lastIndexOf('/') + 1))
            : null;
    if (message == null) {
      problems.add(type.get().value(), path, "could not find @type '" + url + "'");
      return;
    }
    out.tag(1, WireCursor.BYTES);
    out.text(url);
    int before = out.size();
    out.tag(2, WireCursor.BYTES);
    int start = out.open();
    encoder.detached(() -> anyValue(message, mapping, path));
    if (out.size() == start) {
      out.truncate(before);
    } else {
      out.close(start);
    }
  }

  /// The fields beside `@type`; a type with a notation of its own stands under `value`.
  private void anyValue(SchemaMessage type, ConfigNode.Mapping node, FieldPath path) {
    if (!type.name().startsWith(PACKAGE) || type.name().equals(PACKAGE + "Empty")) {
      encoder.fields(type, node, path, "@type");
      return;
    }
    for (var entry : node.entries()) {
      if (entry.key().equals("value")) {
        encoder.message(type, entry.value(), path.field("value"));
      } else if (!entry.key().equals("@type")) {
        problems.add(
            entry.line(),
            entry.column(),
            path,
            "no such field: '" + entry.key() + "'; a " + type.name() + " stands under 'value'");
      }
    }
  }

  private void duration(ConfigNode node, FieldPath path) {
    if (node instanceof ConfigNode.Text(var text, _, _)) {
      var match = DURATION.matcher(text);
      if (match.matches() && Long.parseLong(match.group(2)) <= MOST_SECONDS) {
        int sign = match.group(1).isEmpty() ? 1 : -1;
        var fraction = match.group(3) == null ? "" : match.group(3);
        seconds(
            sign * Long.parseLong(match.group(2)),
            sign * Integer.parseInt((fraction + "000000000").substring(0, 9)));
        return;
      }
    }
    problems.expected("a duration in seconds such as \"0.25s\"", node, path);
  }

  private void timestamp(ConfigNode node, FieldPath path) {
    if (node instanceof ConfigNode.Text(var text, _, _)) {
      try {
        Instant time = OffsetDateTime.parse(text).toInstant();
        if (time.getEpochSecond() >= FIRST_SECOND && time.getEpochSecond() <= LAST_SECOND) {
          seconds(time.getEpochSecond(), time.getNano());
          return;
        }
      } catch (DateTimeException _) {
        // reported below
      }
    }
    problems.expected("a time such as \"2026-01-31T12:00:00Z\"", node, path);
  }

  private void seconds(long seconds, int nanos) {
    if (seconds != 0) {
      out.tag(1, WireCursor.VARINT);
      out.varint(seconds);
    }
    if (nanos != 0) {
      out.tag(2, WireCursor.VARINT);
      out.varint(nanos);
    }
  }

  private void fieldMask(ConfigNode node, FieldPath path) {
    var text = scalars.text(node, path);
    if (text == null || text.isEmpty()) {
      return;
    }
    for (var part : text.split(",", -1)) {
      out.tag(1, WireCursor.BYTES);
      out.text(
          Pattern.compile("[A-Z]")
              .matcher(part)
              .replaceAll(m -> "_" + m.group().toLowerCase(Locale.ROOT)));
    }
  }

  private void struct(ConfigNode node, FieldPath path) {
    if (!(node instanceof ConfigNode.Mapping mapping)) {
      problems.expected("a mapping", node, path);
      return;
    }
    for (var entry : mapping.entries()) {
      out.tag(1, WireCursor.BYTES);
      int start = out.open();
      out.tag(1, WireCursor.BYTES);
      out.text(entry.key());
      encoder.entry(() -> nested(2, "Value", entry.value(), path.field(entry.key())));
      out.close(start);
    }
  }

  private void listValue(ConfigNode node, FieldPath path) {
    if (!(node instanceof ConfigNode.Sequence sequence)) {
      problems.expected("a list", node, path);
      return;
    }
    for (int i = 0; i < sequence.items().size(); i++) {
      nested(1, "Value", sequence.items().get(i), path.item(i));
    }
  }

  private void structValue(ConfigNode node, FieldPath path) {
    switch (node) {
      case ConfigNode.Nothing _ -> {
        out.tag(1, WireCursor.VARINT);
        out.varint(0);
      }
      case ConfigNode.Digits _ -> {
        var number = scalars.real(node, path);
        if (number != null) {
          out.tag(2, WireCursor.FIXED64);
          out.fixed(Double.doubleToRawLongBits(number), 8);
        }
      }
      case ConfigNode.Text _ -> {
        var text = scalars.text(node, path);
        if (text != null) {
          out.tag(3, WireCursor.BYTES);
          out.text(text);
        }
      }
      case ConfigNode.Flag(var value, _, _) -> {
        out.tag(4, WireCursor.VARINT);
        out.varint(value ? 1 : 0);
      }
      case ConfigNode.Mapping _ -> nested(5, "Struct", node, path);
      case ConfigNode.Sequence _ -> nested(6, "ListValue", node, path);
    }
  }

  private void nested(int number, String type, ConfigNode node, FieldPath path) {
    out.tag(number, WireCursor.BYTES);
    int start = out.open();
    encoder.message(encoder.schema().require(PACKAGE + type), node, path);
    out.close(start);
  }
}
