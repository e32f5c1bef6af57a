package dev.outrider.proxy.attributes;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a value inside a message is laid out, as far as guests can ask for its parts by name. Only
/// the few messages that are attributes are known; so reading them touches no descriptor.
sealed interface MessageShape {
  /// `string`, `bytes`, `bool`, `int32` and its like, `uint32` and its like.
  enum Scalar implements MessageShape {
    TEXT,
    BYTES,
    BOOL,
    INT,
    UINT
  }

  /// A message with named fields; a name that is not listed is absent.
  record Fields(Map<String, Field> byName) implements MessageShape {
    @Nullable Field find(String name) {
      return byName.get(name);
    }
  }

  /// One field.
  record Field(int number, MessageShape shape) {}

  /// A map field by string keys.
  record MapOf(MessageShape values) implements MessageShape {}

  /// A repeated field.
  record ListOf(MessageShape items) implements MessageShape {}

  /// The messages that stand for JSON: `google.protobuf.Struct`, `Value` and `ListValue`.
  enum Json implements MessageShape {
    STRUCT,
    VALUE,
    LIST
  }

  /// A message whose parts nobody can ask for.
  Fields OPAQUE = new Fields(Map.of());

  /// Envoy core.v3.Locality.
  Fields LOCALITY =
      new Fields(
          Map.of(
              "region", new Field(1, Scalar.TEXT),
              "zone", new Field(2, Scalar.TEXT),
              "sub_zone", new Field(3, Scalar.TEXT)));

  /// Envoy core.v3.Metadata.
  Fields METADATA =
      new Fields(
          Map.of(
              "filter_metadata", new Field(1, new MapOf(Json.STRUCT)),
              "typed_filter_metadata", new Field(2, new MapOf(OPAQUE))));

  /// Envoy type.v3.SemanticVersion.
  Fields SEMANTIC_VERSION =
      new Fields(
          Map.of(
              "major_number", new Field(1, Scalar.UINT),
              "minor_number", new Field(2, Scalar.UINT),
              "patch", new Field(3, Scalar.UINT)));

  /// Envoy core.v3.BuildVersion.
  Fields BUILD_VERSION =
      new Fields(
          Map.of("version", new Field(1, SEMANTIC_VERSION), "metadata", new Field(2, Json.STRUCT)));

  /// Envoy core.v3.Extension.
  Fields EXTENSION =
      new Fields(
          Map.of(
              "name", new Field(1, Scalar.TEXT),
              "category", new Field(2, Scalar.TEXT),
              "type_descriptor", new Field(3, Scalar.TEXT),
              "version", new Field(4, BUILD_VERSION),
              "disabled", new Field(5, Scalar.BOOL),
              "type_urls", new Field(6, new ListOf(Scalar.TEXT))));

  /// xDS core.v3.ContextParams.
  Fields CONTEXT_PARAMS = new Fields(Map.of("params", new Field(1, new MapOf(Scalar.TEXT))));

  /// Envoy core.v3.Node.
  Fields NODE =
      new Fields(
          Map.ofEntries(
              Map.entry("id", new Field(1, Scalar.TEXT)),
              Map.entry("cluster", new Field(2, Scalar.TEXT)),
              Map.entry("metadata", new Field(3, Json.STRUCT)),
              Map.entry("locality", new Field(4, LOCALITY)),
              Map.entry("user_agent_name", new Field(6, Scalar.TEXT)),
              Map.entry("user_agent_version", new Field(7, Scalar.TEXT)),
              Map.entry("user_agent_build_version", new Field(8, BUILD_VERSION)),
              Map.entry("extensions", new Field(9, new ListOf(EXTENSION))),
              Map.entry("client_features", new Field(10, new ListOf(Scalar.TEXT))),
              Map.entry("listening_addresses", new Field(11, new ListOf(OPAQUE))),
              Map.entry("dynamic_parameters", new Field(12, new MapOf(CONTEXT_PARAMS)))));

  /// Of a value that a guest keeps as a message of that type; null if its parts are not known.
  static @Nullable MessageShape ofTypeUrl(String url) {
    return switch (url.substring(url.lastIndexOf('/') + 1)) {
      case "google.protobuf.Struct" -> Json.STRUCT;
      case "google.protobuf.Value" -> Json.VALUE;
      case "google.protobuf.ListValue" -> Json.LIST;
      case "envoy.config.core.v3.Metadata" -> METADATA;
      case "envoy.config.core.v3.Node" -> NODE;
      case "envoy.config.core.v3.Locality" -> LOCALITY;
      default -> null;
    };
  }
}
