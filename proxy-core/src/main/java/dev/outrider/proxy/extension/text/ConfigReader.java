package dev.outrider.proxy.extension.text;

import dev.outrider.proxy.extension.FieldPath;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;

/// Reads a YAML or JSON text into the wire bytes of a message type. Immutable; any thread.
///
/// The bytes are canonical (fields in the order of their numbers, defaults left out), so that equal
/// texts give equal bytes. Every problem is reported, with `file:line:column` as its resource.
public final class ConfigReader {
  private final Schema schema;
  private final ReaderLimits limits;

  public ConfigReader(Schema schema) {
    this(schema, ReaderLimits.DEFAULT);
  }

  public ConfigReader(Schema schema, ReaderLimits limits) {
    this.schema = schema;
    this.limits = limits;
  }

  /// The bytes of `text` as a message of type `messageName`, which the schema must have.
  public Parsed<byte[]> read(ConfigText text, String messageName) {
    var type = schema.require(messageName);
    var problems = new Problems(text.name());
    var encoder = new MessageEncoder(schema, limits, problems);
    try {
      var root = nodes(text);
      if (root instanceof ConfigNode.Mapping) {
        encoder.message(type, root, FieldPath.ROOT);
      } else {
        problems.expected("a mapping with the fields of " + messageName, root, FieldPath.ROOT);
      }
    } catch (TextProblem e) {
      problems.add(e.line(), e.column(), FieldPath.ROOT, e.text());
    }
    return Parsed.of(encoder.bytes(), problems.sorted());
  }

  private ConfigNode nodes(ConfigText text) {
    if (text.content().length() > limits.maxChars()) {
      throw new TextProblem("longer than " + limits.maxChars() + " characters", 0, 0);
    }
    return switch (text.syntax()) {
      case YAML -> YamlNodes.read(text.content(), limits);
      case JSON -> JsonNodes.read(text.content(), limits);
    };
  }
}
