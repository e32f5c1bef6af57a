package dev.outrider.proxy.extension;

/// Where a typed configuration stands, for the texts of its problems.
///
/// @param resource the resource that contains it, as in [ConfigProblem#resource]
/// @param field path of the typed configuration in that resource
/// @param name the name given to the extension, e.g. of the HTTP filter
public record ParseContext(String resource, String field, String name) {

  /// A problem with `suffix`, a path below the typed configuration; empty for the configuration
  /// itself.
  public ConfigProblem problem(String suffix, String message) {
    var path = suffix.isEmpty() ? field : field.isEmpty() ? suffix : field + "." + suffix;
    return new ConfigProblem(resource, path, message);
  }
}
