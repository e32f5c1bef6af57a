package dev.outrider.proxy.extension.text;

/// A configuration as somebody wrote it.
///
/// @param name what the problems call it: a file name, or the flag it was given with
public record ConfigText(String name, String content, Syntax syntax) {

  /// How the text is to be read. JSON is not read as YAML: `1.0` is a number there and a string in
  /// Envoy's YAML.
  public enum Syntax {
    YAML,
    JSON
  }

  /// The content of a file: JSON if its name ends in `.json`, else YAML.
  public static ConfigText ofFile(String name, String content) {
    return new ConfigText(name, content, name.endsWith(".json") ? Syntax.JSON : Syntax.YAML);
  }

  public static ConfigText yaml(String name, String content) {
    return new ConfigText(name, content, Syntax.YAML);
  }
}
