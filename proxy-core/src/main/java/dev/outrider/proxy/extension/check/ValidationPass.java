package dev.outrider.proxy.extension.check;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.FieldPath;
import dev.outrider.proxy.extension.schema.FieldKind;
import dev.outrider.proxy.extension.schema.Rule;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.schema.SchemaField;
import dev.outrider.proxy.extension.schema.SchemaMessage;
import dev.outrider.proxy.extension.schema.SchemaOneof;
import dev.outrider.proxy.extension.schema.WireCursor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// One walk of the validator over one message.
final class ValidationPass {
  /// In all, typed configurations included; `parseFrom` allows 100 between one Any and the next.
  static final int DEEPEST = 200;

  private final Schema schema;
  private final String resource;
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final FieldCounts counts = new FieldCounts();
  private int depth;

  ValidationPass(Schema schema, String resource) {
    this.schema = schema;
    this.resource = resource;
  }

  List<ConfigProblem> run(SchemaMessage type, byte[] wire) {
    message(type, new WireCursor(wire), FieldPath.ROOT);
    return List.copyOf(problems);
  }

  private void message(SchemaMessage type, WireCursor in, FieldPath path) {
    if (++depth > DEEPEST) {
      add(path, "nested more than " + DEEPEST + " messages deep");
    } else {
      int base = counts.open(type.fields().size());
      var seen = type.unique() ? new HashSet<List<Object>>() : Set.<List<Object>>of();
      while (in.next()) {
        int index = type.indexOf(in.number());
        if (index >= 0) {
          int place = base + index;
          counts.add(place, field(type.fields().get(index), in, path, counts.get(place), seen));
        }
      }
      if (in.malformed()) {
        add(path, "is not an encoded " + type.name());
      } else {
        absences(type, base, path);
      }
      counts.close(base);
    }
    depth--;
  }

  /// What is missing, and how many there are of what may be many.
  private void absences(SchemaMessage type, int base, FieldPath path) {
    for (int i : type.ruled()) {
      var field = type.fields().get(i);
      int count = counts.get(base + i);
      for (var rule : field.rules().field()) {
        if (rule instanceof Rule.Required && count == 0 && field.oneof() == null) {
          add(path.field(field.name()), "value is required");
        } else if (rule instanceof Rule.Items items) {
          report(path.field(field.name()), ValueRules.items(items, count));
        }
      }
      if (count == 0 && !field.presence() && !field.repeated()) {
        report(
            path.field(field.name()),
            textual(field)
                ? ValueRules.text(field.rules().field(), "")
                : number(field, field.rules().field(), 0));
      }
    }
    for (var oneof : type.oneofs()) {
      if (oneof.required() && !given(type, oneof, base)) {
        var members =
            type.fields().stream()
                .filter(field -> oneof.name().equals(field.oneof()))
                .map(SchemaField::name)
                .collect(Collectors.joining(", "));
        add(path.field(oneof.name()), "field is required: one of " + members);
      }
    }
  }

  private boolean given(SchemaMessage type, SchemaOneof oneof, int base) {
    for (int i = 0; i < type.fields().size(); i++) {
      if (counts.get(base + i) > 0 && oneof.name().equals(type.fields().get(i).oneof())) {
        return true;
      }
    }
    return false;
  }

  /// Checks one field on the wire; answers how many values it holds.
  private int field(
      SchemaField field, WireCursor in, FieldPath path, int index, Set<List<Object>> seen) {
    var at = path.field(field.name());
    boolean bytes = in.wireType() == WireCursor.BYTES;
    if (field.repeated() && bytes && field.kind().wireType() != WireCursor.BYTES) {
      var packed = in.payload();
      int count = 0;
      while (packed.nextPacked(field.kind().wireType())) {
        item(field, packed, at.item(index + count), seen);
        count++;
      }
      return count;
    }
    if (in.wireType() != field.kind().wireType()) {
      return 0;
    }
    if (field.map()) {
      entry(field, in.payload(), at);
    } else if (field.repeated()) {
      item(field, in, at.item(index), seen);
    } else {
      value(field, field.rules().field(), in, at);
    }
    return 1;
  }

  private void item(SchemaField field, WireCursor in, FieldPath path, Set<List<Object>> seen) {
    if (field.rules().unique()) {
      var value = textual(field) ? in.text() : (Object) in.value();
      if (!seen.add(List.of(field.number(), value))) {
        add(path, "repeated value must contain unique items");
      }
    }
    value(field, field.rules().items(), in, path);
  }

  private void entry(SchemaField map, WireCursor entry, FieldPath path) {
    var type = schema.messageOf(map);
    var at = path;
    while (entry.next()) {
      var part = type.field(entry.number());
      if (part == null || part.kind().wireType() != entry.wireType()) {
        continue;
      }
      if (part.number() == 1) {
        at = path.key(textual(part) ? entry.text() : Long.toString(entry.value()));
        value(part, map.rules().keys(), entry, at);
      } else {
        value(part, map.rules().values(), entry, at);
      }
    }
    if (entry.malformed()) {
      add(path, "is not an encoded map entry");
    }
  }

  private void value(SchemaField field, List<Rule> rules, WireCursor in, FieldPath path) {
    if (field.kind() == FieldKind.MESSAGE) {
      nested(schema.messageOf(field), rules, in, path);
    } else if (!rules.isEmpty()) { // most fields have none
      report(
          path,
          textual(field) ? ValueRules.text(rules, in.text()) : number(field, rules, in.value()));
    }
  }

  private void nested(SchemaMessage type, List<Rule> rules, WireCursor in, FieldPath path) {
    switch (type.name()) {
      case "google.protobuf.Struct",
          "google.protobuf.Value",
          "google.protobuf.ListValue",
          "google.protobuf.Timestamp" -> {}
      case "google.protobuf.Any" -> any(in.payload(), path);
      case "google.protobuf.Duration" -> duration(rules, in.payload(), path);
      case "google.protobuf.BoolValue",
          "google.protobuf.BytesValue",
          "google.protobuf.DoubleValue",
          "google.protobuf.FloatValue",
          "google.protobuf.Int32Value",
          "google.protobuf.Int64Value",
          "google.protobuf.StringValue",
          "google.protobuf.UInt32Value",
          "google.protobuf.UInt64Value" ->
          wrapped(type.fields().getFirst(), rules, in.payload(), path);
      default -> {
        for (var rule : rules) {
          if (rule instanceof Rule.Skip) {
            return;
          }
        }
        message(type, in.payload(), path);
      }
    }
  }

  /// A typed configuration, if the schema knows its type; who does not know it refuses it
  /// elsewhere.
  private void any(WireCursor any, FieldPath path) {
    var content = TypedContent.of(any);
    var type = schema.message(content.typeName());
    if (type != null && !type.name().startsWith("google.protobuf.")) {
      message(type, content.value(), path);
    }
  }

  private void duration(List<Rule> rules, WireCursor in, FieldPath path) {
    long seconds = 0;
    long nanos = 0;
    while (in.next()) {
      switch (in.number()) {
        case 1 -> seconds = in.value();
        case 2 -> nanos = (int) in.value();
        default -> {}
      }
    }
    report(path, ValueRules.duration(rules, seconds, nanos));
  }

  private void wrapped(SchemaField field, List<Rule> rules, WireCursor in, FieldPath path) {
    var value = new WireCursor(new byte[0]);
    boolean set = false;
    while (in.next()) {
      if (in.number() == 1 && in.wireType() == field.kind().wireType()) {
        set = true;
        value(field, rules, in, path);
      }
    }
    if (!set && !rules.isEmpty()) {
      report(
          path, textual(field) ? ValueRules.text(rules, "") : number(field, rules, value.value()));
    }
  }

  private List<String> number(SchemaField field, List<Rule> rules, long bits) {
    return switch (field.kind()) {
      case DOUBLE -> ValueRules.real(rules, Double.longBitsToDouble(bits));
      case FLOAT -> ValueRules.real(rules, Float.intBitsToFloat((int) bits));
      case ENUM -> ValueRules.enumeration(rules, (int) bits, schema.enumOf(field));
      case BOOL -> ValueRules.flag(rules, bits != 0);
      case SFIXED32 -> {
        int signed = (int) bits;
        yield ValueRules.integer(rules, signed, false);
      }
      case UINT32, FIXED32 -> ValueRules.integer(rules, bits & 0xFFFF_FFFFL, true);
      case UINT64, FIXED64 -> ValueRules.integer(rules, bits, true);
      case SINT32, SINT64 -> ValueRules.integer(rules, bits >>> 1 ^ -(bits & 1), false);
      case INT32, INT64, SFIXED64 -> ValueRules.integer(rules, bits, false);
      case STRING, BYTES, MESSAGE, GROUP -> List.of();
    };
  }

  private static boolean textual(SchemaField field) {
    return field.kind() == FieldKind.STRING || field.kind() == FieldKind.BYTES;
  }

  private void report(FieldPath path, List<String> messages) {
    for (var message : messages) {
      add(path, message);
    }
  }

  private void add(FieldPath path, String message) {
    problems.add(new ConfigProblem(resource, path.toString(), message));
  }
}
