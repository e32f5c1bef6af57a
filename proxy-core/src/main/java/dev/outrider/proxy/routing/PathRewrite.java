package dev.outrider.proxy.routing;

/// What becomes of a request's path.
public sealed interface PathRewrite {

  /// It replaces the prefix, or the path, that the route matched.
  record Prefix(String replacement) implements PathRewrite {}

  /// Of the path without its query.
  record Regex(RegexSubstitution substitution) implements PathRewrite {}

  /// Of the path without its query, by the variables of the template that the route matched.
  record Template(TemplateRewrite rewrite) implements PathRewrite {}
}
