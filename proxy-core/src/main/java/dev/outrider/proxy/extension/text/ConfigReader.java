package dev.outrider.proxy.extension.text;

import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.FieldPath;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.schema.Schema;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads a YAML or JSON text into the wire bytes of a message type. Immutable; any thread.
///
/// The bytes are canonical (fields in the order of their numbers, defaults left out), so that equal
/// texts give equal bytes. Every problem is reported, with `file:line:column` as its resource.
public final class ConfigReader {
  private final Schema schema;
  private final ReaderLimits limits;
  private final @Nullable Consumer<ConfigProblem> tolerated;

  public ConfigReader(Schema schema) {
    this(schema, ReaderLimits.DEFAULT);
  }

  public ConfigReader(Schema schema, ReaderLimits limits) {
    this(schema, limits, null);
  }

  private ConfigReader(
      Schema schema, ReaderLimits limits, @Nullable Consumer<ConfigProblem> tolerated) {
    this.schema = schema;
    this.limits = limits;
    this.tolerated = tolerated;
  }

  /// The same, but fields that do not exist are left out and told to `tolerated`.
  public ConfigReader tolerating(Consumer<ConfigProblem> each) {
    return new ConfigReader(schema, limits, each);
  }

  /// The bytes of `text` as a message of type `messageName`, which the schema must have.
  public Parsed<byte[]> read(ConfigText text, String messageName) {
    var type = schema.require(messageName);
    var problems = new Problems(text.name(), tolerated);
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
