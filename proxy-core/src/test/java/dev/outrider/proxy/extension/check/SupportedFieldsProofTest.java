package dev.outrider.proxy.extension.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import dev.outrider.proxy.extension.check.UnsupportedFields.Finding;
import dev.outrider.proxy.extension.schema.FieldKind;
import dev.outrider.proxy.extension.schema.Schema;
import dev.outrider.proxy.extension.schema.SchemaField;
import dev.outrider.proxy.extension.schema.SchemaMessage;
import dev.outrider.proxy.extension.schema.WireCursor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Nothing that a configuration can set is ignored in silence: each field is in the committed
/// table, or reported.
class SupportedFieldsProofTest {
  private static final List<String> ROOTS =
      List.of(
          "envoy.config.bootstrap.v3.Bootstrap",
          "envoy.config.listener.v3.Listener",
          "envoy.config.route.v3.RouteConfiguration",
          "envoy.config.cluster.v3.Cluster",
          "envoy.config.endpoint.v3.ClusterLoadAssignment",
          "envoy.config.core.v3.TypedExtensionConfig",
          "envoy.service.runtime.v3.Runtime");

  /// Configurations that come in an Any and are named like none.
  private static final Set<String> IN_AN_ANY =
      Set.of(
          "envoy.config.route.v3.FilterConfig",
          "envoy.config.core.v3.PerHostConfig",
          "envoy.config.route.v3.RouteList",
          "envoy.config.metrics.v3.StatsdSink",
          "envoy.config.metrics.v3.DogStatsdSink",
          "envoy.config.metrics.v3.MetricsServiceConfig",
          "envoy.config.overload.v3.ScaleTimersOverloadActionConfig",
          "envoy.type.matcher.v3.HttpRequestHeaderMatchInput");

  private final Schema schema = Schema.load();
  private final SupportedFields supported = SupportedFields.load();
  private final UnsupportedFields fields = new UnsupportedFields(schema, supported);

  /// A message type, and how to put one into a message of type `root`: the fields that lead there.
  private record Place(String root, List<SchemaField> way, SchemaMessage type) {}

  @Test
  void everyFieldIsActedOnOrReported() {
    var silent = new TreeSet<String>();
    int tried = 0;
    for (var place : places()) {
      for (var field : place.type.fields()) {
        var name = place.type.name() + "." + field.name();
        var found =
            fields.find(place.root, wire(place.way, field)).fields().stream()
                .map(Finding::field)
                .toList();
        boolean told =
            supported.contains(place.type.name(), field.name())
                ? found.isEmpty()
                : found.equals(List.of(name));
        if (!told) {
          silent.add(name + ": " + found);
        }
        tried++;
      }
    }
    assertThat(silent).isEmpty();
    assertThat(tried).isGreaterThan(100);
  }

  @Test
  void everyEntryOfTheTableCanBeReached() {
    var reached = new HashSet<String>();
    for (var place : places()) {
      place.type.fields().forEach(field -> reached.add(place.type.name() + "." + field.name()));
    }
    assertThat(supported.tests().keySet()).isSubsetOf(reached);
  }

  @Test
  void everyEntryNamesATestThatSpeaksOfTheField() {
    var unproven = new TreeSet<String>();
    supported
        .tests()
        .forEach(
            (field, test) -> {
              var words = words(field.substring(field.lastIndexOf('.') + 1));
              if (words.stream().noneMatch(bytes(test)::contains)) {
                unproven.add(field + " " + test);
              }
            });
    assertThat(unproven).isEmpty();
  }

  /// Every message type that the walk reaches from a root or from a supported extension through
  /// fields of the table.
  private Set<Place> places() {
    var queue = new ArrayDeque<Place>();
    ROOTS.forEach(root -> queue.add(new Place(root, List.of(), schema.require(root))));
    extensions().forEach(type -> queue.add(new Place(type, List.of(), schema.require(type))));
    var places = new HashSet<Place>();
    var types = new HashSet<String>();
    while (!queue.isEmpty()) {
      var place = queue.remove();
      if (!types.add(place.type.name())) {
        continue;
      }
      places.add(place);
      for (var field : place.type.fields()) {
        if (field.kind() == FieldKind.MESSAGE
            && supported.contains(place.type.name(), field.name())) {
          enter(place, field, queue);
        }
      }
    }
    return places;
  }

  private void enter(Place place, SchemaField field, ArrayDeque<Place> queue) {
    var way = new ArrayList<>(place.way);
    way.add(field);
    var type = schema.messageOf(field);
    if (field.map()) {
      var value = type.field(2);
      if (value == null || value.kind() != FieldKind.MESSAGE) {
        return;
      }
      way.add(value);
      type = schema.messageOf(value);
    }
    if (!type.name().startsWith("google.protobuf.")) {
      queue.add(new Place(place.root, List.copyOf(way), type));
    }
  }

  /// Types of typed configurations that the table knows.
  private Set<String> extensions() {
    var types = new TreeSet<String>();
    for (var field : supported.tests().keySet()) {
      var type = field.substring(0, field.lastIndexOf('.'));
      boolean extension =
          type.startsWith("envoy.extensions.")
              || type.startsWith("outrider.")
              || IN_AN_ANY.contains(type);
      if (extension && schema.message(type) != null) {
        types.add(type);
      }
    }
    return types;
  }

  /// A message in which only `field`, at the end of `way`, is set.
  private byte[] wire(List<SchemaField> way, SchemaField field) {
    var bytes = field(field, sample(field));
    for (int i = way.size() - 1; i >= 0; i--) {
      bytes = field(way.get(i), bytes);
    }
    return bytes;
  }

  /// A value that is not the default; of a message the empty one.
  private static byte[] sample(SchemaField field) {
    return switch (field.kind().wireType()) {
      case WireCursor.FIXED64 -> new byte[] {0, 0, 0, 0, 0, 0, 0, 1};
      case WireCursor.FIXED32 -> new byte[] {0, 0, 0, 1};
      case WireCursor.VARINT -> new byte[] {1};
      default -> field.kind() == FieldKind.MESSAGE ? new byte[0] : new byte[] {'x'};
    };
  }

  private static byte[] field(SchemaField field, byte[] value) {
    var out = new ByteArrayOutputStream();
    var coded = CodedOutputStream.newInstance(out);
    try {
      coded.writeTag(field.number(), field.kind().wireType());
      if (field.kind().wireType() == WireCursor.BYTES) {
        coded.writeByteArrayNoTag(value);
      } else {
        coded.writeRawBytes(value);
      }
      coded.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /// The name as a text of a test shows it: in YAML, or as the setter of the generated message.
  private static List<String> words(String field) {
    var camel = new StringBuilder();
    for (var part : field.split("_", -1)) {
      camel.append(Character.toUpperCase(part.charAt(0))).append(part.substring(1));
    }
    return List.of(field, "set" + camel, "add" + camel, "put" + camel, "addAll" + camel);
  }

  /// The test's class file, in which its names and texts can be found.
  private static String bytes(String test) {
    var resource = "/dev/outrider/proxy/" + test.replace('.', '/') + ".class";
    try (var in = SupportedFieldsProofTest.class.getResourceAsStream(resource)) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
