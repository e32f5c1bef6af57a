package dev.outrider.proxy.extension.text;

import dev.outrider.proxy.extension.FieldPath;
import dev.outrider.proxy.extension.schema.FieldKind;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.schema.SchemaField;
import dev.outrider.proxy.extension.schema.SchemaMessage;
import dev.outrider.proxy.extension.schema.WireCursor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes a tree of nodes as a message, field by field in the order of their numbers. Goes on after
/// a problem, so that all are found; the bytes count only if there was none. Confined to one call.
final class MessageEncoder {
  /// What `parseFrom` accepts, nested; starts again inside an Any, whose value is parsed by itself.
  private static final int DEEPEST = 100;

  private static final String TLS_PACKAGE = "envoy.extensions.transport_sockets.tls.v3.";

  private final Schema schema;
  private final ReaderLimits limits;
  private final Problems problems;
  private final WireWriter out = new WireWriter();
  private final ScalarValues scalars;
  private final KnownTypes known;
  private int nodes;
  private int depth;

  /// A field and the value that the text gives it.
  private record Assignment(SchemaField field, ConfigNode value) {}

  MessageEncoder(Schema schema, ReaderLimits limits, Problems problems) {
    this.schema = schema;
    this.limits = limits;
    this.problems = problems;
    this.scalars = new ScalarValues(schema, problems);
    this.known = new KnownTypes(this, out, scalars, problems);
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  Schema schema() {
    return schema;
  }

  /// The body of a message: well-known types in their own notation, others as a mapping.
  void message(SchemaMessage type, ConfigNode node, FieldPath path) {
    if (++nodes > limits.maxNodes()) {
      throw new TextProblem(
          "more than " + limits.maxNodes() + " values", node.line(), node.column());
    }
    if (++depth > DEEPEST) {
      problems.add(node, path, "nested more than " + DEEPEST + " messages deep");
    } else if (!known.write(type, node, path)) {
      if (node instanceof ConfigNode.Mapping mapping) {
        fields(type, mapping, path, "");
      } else {
        problems.expected("a mapping with the fields of " + type.name(), node, path);
      }
    }
    depth--;
  }

  /// A map entry, a message of its own on the wire.
  void entry(Runnable body) {
    depth++;
    body.run();
    depth--;
  }

  /// The value of an Any, a message by itself.
  void detached(Runnable body) {
    int outer = depth;
    depth = 0;
    body.run();
    depth = outer;
  }

  /// The fields of a message.
  ///
  /// @param except a key that is not a field (`@type`), or empty
  void fields(SchemaMessage type, ConfigNode.Mapping node, FieldPath path, String except) {
    var hidden = problems.hide(holdsSecrets(type.name()));
    write(type, node, path, except);
    problems.hide(hidden);
  }

  private static boolean holdsSecrets(String type) {
    return type.startsWith(TLS_PACKAGE) || type.equals("envoy.config.core.v3.DataSource");
  }

  private void write(SchemaMessage type, ConfigNode.Mapping node, FieldPath path, String except) {
    for (var assignment : assignments(type, node, path, except)) {
      var field = assignment.field;
      var at = path.field(field.name());
      if (field.map()) {
        map(field, assignment.value, at);
      } else if (field.repeated()) {
        list(field, assignment.value, at);
      } else {
        value(field, assignment.value, at, !field.presence());
      }
    }
  }

  private List<Assignment> assignments(
      SchemaMessage type, ConfigNode.Mapping node, FieldPath path, String except) {
    var taken = new HashMap<String, String>();
    var assignments = new ArrayList<Assignment>();
    for (var entry : node.entries()) {
      if (entry.key().equals(except)) {
        continue;
      }
      var field = type.field(entry.key());
      if (field == null) {
        problems.unknown(entry.line(), entry.column(), path, noSuchField(type, entry.key()));
        continue;
      }
      if (entry.value() instanceof ConfigNode.Nothing && !KnownTypes.takesNull(schema, field)) {
        continue;
      }
      var slot = field.oneof() == null ? field.name() : "oneof " + field.oneof();
      var before = taken.putIfAbsent(slot, entry.key());
      if (before == null) {
        assignments.add(new Assignment(field, entry.value()));
      } else {
        problems.add(
            entry.line(),
            entry.column(),
            path,
            "'" + entry.key() + "' is already set by '" + before + "'");
      }
    }
    assignments.sort(Comparator.comparingInt(a -> a.field.number()));
    return assignments;
  }

  private static String noSuchField(SchemaMessage type, String key) {
    var nearest = Spelling.nearest(key, type.fields().stream().map(SchemaField::name).toList());
    var hint = nearest.map(name -> "; did you mean '" + name + "'?").orElse("");
    return "no such field: '" + key + "' in " + type.name() + hint;
  }

  private void map(SchemaField field, ConfigNode node, FieldPath path) {
    if (!(node instanceof ConfigNode.Mapping mapping)) {
      problems.expected("a mapping", node, path);
      return;
    }
    var entryType = schema.messageOf(field);
    var key = part(entryType, 1);
    var value = part(entryType, 2);
    for (var entry : mapping.entries()) {
      out.tag(field.number(), WireCursor.BYTES);
      int start = out.open();
      var at = path.key(entry.key());
      entry(() -> mapEntry(key, value, entry, at));
      out.close(start);
    }
  }

  private void mapEntry(
      SchemaField key, SchemaField value, ConfigNode.Entry entry, FieldPath path) {
    mapKey(key, entry, path);
    if (entry.value() instanceof ConfigNode.Nothing && !KnownTypes.takesNull(schema, value)) {
      problems.expected("a value", entry.value(), path);
    } else {
      value(value, entry.value(), path, false);
    }
  }

  /// Keys are text in YAML and JSON whatever they mean.
  private void mapKey(SchemaField key, ConfigNode.Entry entry, FieldPath path) {
    var node =
        key.kind() == FieldKind.BOOL && (entry.key().equals("true") || entry.key().equals("false"))
            ? new ConfigNode.Flag(entry.key().equals("true"), entry.line(), entry.column())
            : new ConfigNode.Text(entry.key(), entry.line(), entry.column());
    value(key, node, path, false);
  }

  private static SchemaField part(SchemaMessage entry, int number) {
    var field = entry.field(number);
    if (field == null) {
      throw new IllegalStateException(entry.name() + " is not a map entry");
    }
    return field;
  }

  private void list(SchemaField field, ConfigNode node, FieldPath path) {
    if (!(node instanceof ConfigNode.Sequence sequence)) {
      problems.expected("a list", node, path);
      return;
    }
    if (field.packed() && !sequence.items().isEmpty()) {
      out.tag(field.number(), WireCursor.BYTES);
      int start = out.open();
      for (int i = 0; i < sequence.items().size(); i++) {
        var bits = scalars.bits(field, sequence.items().get(i), path.item(i));
        if (bits != null) {
          number(field.kind(), bits);
        }
      }
      out.close(start);
      return;
    }
    for (int i = 0; i < sequence.items().size(); i++) {
      var item = sequence.items().get(i);
      if (item instanceof ConfigNode.Nothing && !KnownTypes.takesNull(schema, field)) {
        problems.expected("a list item", item, path.item(i));
      } else {
        value(field, item, path.item(i), false);
      }
    }
  }

  /// One value with its tag.
  ///
  /// @param skipDefault leave the field out if the value is its default
  void value(SchemaField field, ConfigNode node, FieldPath path, boolean skipDefault) {
    switch (field.kind()) {
      case MESSAGE, GROUP -> {
        out.tag(field.number(), WireCursor.BYTES);
        int start = out.open();
        message(schema.messageOf(field), node, path);
        out.close(start);
      }
      case STRING -> {
        var text = scalars.text(node, path);
        if (text != null && !(skipDefault && text.isEmpty())) {
          out.tag(field.number(), WireCursor.BYTES);
          out.text(text);
        }
      }
      case BYTES -> {
        var bytes = scalars.bytes(node, path);
        if (bytes != null && !(skipDefault && bytes.length == 0)) {
          out.tag(field.number(), WireCursor.BYTES);
          out.bytes(bytes);
        }
      }
      case DOUBLE,
          FLOAT,
          INT64,
          UINT64,
          INT32,
          FIXED64,
          FIXED32,
          BOOL,
          UINT32,
          ENUM,
          SFIXED32,
          SFIXED64,
          SINT32,
          SINT64 ->
          tagged(field, scalars.bits(field, node, path), skipDefault);
    }
  }

  private void tagged(SchemaField field, @Nullable Long bits, boolean skipDefault) {
    if (bits != null && !(skipDefault && bits == 0)) {
      out.tag(field.number(), field.kind().wireType());
      number(field.kind(), bits);
    }
  }

  private void number(FieldKind kind, long bits) {
    switch (kind.wireType()) {
      case WireCursor.FIXED64 -> out.fixed(bits, 8);
      case WireCursor.FIXED32 -> out.fixed(bits, 4);
      default -> out.varint(bits);
    }
  }
}
