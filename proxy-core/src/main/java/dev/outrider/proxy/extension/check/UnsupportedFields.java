package dev.outrider.proxy.extension.check;

import dev.outrider.proxy.extension.FieldPath;
import dev.outrider.proxy.extension.IgnorableExtensions;
import dev.outrider.proxy.extension.schema.FieldKind;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.schema.SchemaField;
import dev.outrider.proxy.extension.schema.SchemaMessage;
import dev.outrider.proxy.extension.schema.WireCursor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Finds what a configuration sets and Outrider does not act on. Immutable; any thread.
public final class UnsupportedFields {
  private final Schema schema;
  private final SupportedFields supported;
  // By type, as they are met: to put names together for every field costs more than the walk.
  private final ConcurrentHashMap<SchemaMessage, BitSet> supportedOf = new ConcurrentHashMap<>();

  public UnsupportedFields(Schema schema, SupportedFields supported) {
    this.schema = schema;
    this.supported = supported;
  }

  /// What was found in one message.
  ///
  /// @param fields fields of the schema that are set and not acted on
  /// @param unknown paths of fields that the schema does not have, the number as the last step;
  ///   Envoy counts these
  /// @param ignored extensions that are left out, see [IgnorableExtensions]; their name as field
  public record Findings(List<Finding> fields, List<String> unknown, List<Finding> ignored) {
    public Findings {
      fields = List.copyOf(fields);
      unknown = List.copyOf(unknown);
      ignored = List.copyOf(ignored);
    }

    /// All that is set and not acted on.
    public List<Finding> unheeded() {
      return Stream.concat(fields.stream(), ignored.stream()).toList();
    }
  }

  /// One field.
  ///
  /// @param path from the root of the message, e.g. `filter_chains[0].transport_socket`
  /// @param field `message.field`, e.g. `envoy.config.listener.v3.FilterChain.transport_socket`
  public record Finding(String path, String field) {}

  /// Walks an encoded message, typed configurations included; below a field that is not acted on
  /// nothing more is reported. Borrows `wire`. Bytes that are no message end the walk: the
  /// validator says so.
  ///
  /// @param messageName full name of the type, which the schema must have
  public Findings find(String messageName, byte[] wire) {
    var walk = new Walk();
    walk.message(schema.require(messageName), new WireCursor(wire), FieldPath.ROOT);
    return new Findings(walk.fields, walk.unknown, walk.ignored);
  }

  /// Indexes of the fields that are acted on. Nobody writes to it.
  private BitSet supported(SchemaMessage type) {
    return supportedOf.computeIfAbsent(
        type,
        _ -> {
          var indexes = new BitSet(type.fields().size());
          for (int i = 0; i < type.fields().size(); i++) {
            indexes.set(i, supported.contains(type.name(), type.fields().get(i).name()));
          }
          return indexes;
        });
  }

  private final class Walk {
    private final List<Finding> fields = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();
    private final List<Finding> ignored = new ArrayList<>();
    private final FieldCounts counts = new FieldCounts();
    private int depth;

    /// Nothing that the validator accepts is deeper.
    void message(SchemaMessage type, WireCursor in, FieldPath path) {
      if (++depth <= ValidationPass.DEEPEST) {
        fields(type, in, path);
      }
      depth--;
    }

    private void fields(SchemaMessage type, WireCursor in, FieldPath path) {
      var actedOn = supported(type);
      int base = counts.open(type.fields().size());
      while (in.next()) {
        int index = type.indexOf(in.number());
        if (index < 0) {
          unknown.add(path.field(Integer.toString(in.number())).toString());
          continue;
        }
        var field = type.fields().get(index);
        if (!actedOn.get(index)) {
          if (next(base + index) == 0) {
            fields.add(
                new Finding(path.field(field.name()).toString(), type.name() + "." + field.name()));
          }
        } else if (field.kind() == FieldKind.MESSAGE && in.wireType() == WireCursor.BYTES) {
          var at = path.field(field.name());
          nested(
              field,
              in.payload(),
              field.repeated() && !field.map() ? at.item(next(base + index)) : at);
        }
      }
      counts.close(base);
    }

    /// How often it was given before.
    private int next(int place) {
      counts.add(place, 1);
      return counts.get(place) - 1;
    }

    private void nested(SchemaField field, WireCursor in, FieldPath path) {
      var type = schema.messageOf(field);
      if (field.map()) {
        entry(type, in, path);
      } else {
        content(type, in, path);
      }
    }

    private void entry(SchemaMessage type, WireCursor in, FieldPath path) {
      var at = path;
      while (in.next()) {
        var part = type.field(in.number());
        if (part == null || in.wireType() != WireCursor.BYTES) {
          continue;
        }
        if (part.number() == 1) {
          at = path.key(in.text());
        } else if (part.kind() == FieldKind.MESSAGE) {
          content(schema.messageOf(part), in.payload(), at);
        }
      }
    }

    /// Well-known types are taken as a whole; a typed configuration of unknown type is refused by
    /// whoever looks for its provider.
    private void content(SchemaMessage type, WireCursor in, FieldPath path) {
      if (type.name().equals("google.protobuf.Any")) {
        var content = TypedContent.of(in);
        var name = IgnorableExtensions.nameOf(content.typeName(), content.value());
        if (name != null) {
          ignored.add(new Finding(path.toString(), name));
          return;
        }
        var known = schema.message(content.typeName());
        if (known != null && !known.name().startsWith("google.protobuf.")) {
          message(known, content.value(), path);
        }
      } else if (!type.name().startsWith("google.protobuf.")) {
        message(type, in, path);
      }
    }
  }
}
