package dev.outrider.proxy.extension;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;

/// Where a typed configuration stands, for the texts of its problems.
///
/// @param resource the resource that contains it, as in [ConfigProblem#resource]
/// @param field path of the typed configuration in that resource
/// @param name the name given to the extension, e.g. of the HTTP filter
public record ParseContext(String resource, String field, String name) {

  /// The message that a typed configuration holds; a problem if its bytes are none of that type.
  public <M extends Message> Parsed<M> unpack(Any config, Parser<M> parser) {
    try {
      return Parsed.valid(parser.parseFrom(config.getValue()));
    } catch (InvalidProtocolBufferException malformed) {
      var type = ProviderRegistry.typeName(config.getTypeUrl());
      return Parsed.invalid(problem("", "is not a " + type + ": " + malformed.getMessage()));
    }
  }

  /// A problem with `suffix`, a path below the typed configuration; empty for the configuration
  /// itself.
  public ConfigProblem problem(String suffix, String message) {
    var path = suffix.isEmpty() ? field : field.isEmpty() ? suffix : field + "." + suffix;
    return new ConfigProblem(resource, path, message);
  }
}
