package dev.outrider.proxy.routing;

import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A path with `{name}` in the places of what the variables of a template stand for (Envoy
/// `path.rewrite.uri_template.v3.UriTemplateRewriteConfig`).
///
/// @param template of the paths that are rewritten
/// @param parts in this order
public record TemplateRewrite(UriTemplate template, List<Part> parts) {
  private static final Pattern LITERAL = Pattern.compile("[" + UriTemplate.SEGMENT + "/]+");

  public TemplateRewrite {
    parts = List.copyOf(parts);
  }

  /// A part of the new path.
  public sealed interface Part {
    record Literal(String text) implements Part {}

    /// What the group of the template has found.
    record Variable(int group) implements Part {}
  }

  /// Of what was written.
  ///
  /// @throws IllegalArgumentException with what is wrong with it
  public static TemplateRewrite of(UriTemplate template, String text) {
    if (!text.startsWith("/") || text.contains("//")) {
      throw new IllegalArgumentException("it does not begin with a slash, or has two in a row");
    }
    var parts = new ArrayList<Part>();
    for (var at = 0; at < text.length(); ) {
      var brace = text.indexOf('{', at);
      if (brace == at) {
        var end = text.indexOf('}', at);
        if (end < 0) {
          throw new IllegalArgumentException("a { without a }");
        }
        parts.add(variable(template, text.substring(at + 1, end)));
        at = end + 1;
      } else {
        var end = brace < 0 ? text.length() : brace;
        parts.add(literal(text.substring(at, end)));
        at = end;
      }
    }
    return new TemplateRewrite(template, parts);
  }

  private static Part variable(UriTemplate template, String name) {
    var group = template.group(name);
    if (group == 0) {
      throw new IllegalArgumentException("%s has no variable '%s'".formatted(template, name));
    }
    return new Part.Variable(group);
  }

  private static Part literal(String text) {
    if (!LITERAL.matches(text)) {
      throw new IllegalArgumentException("'" + text + "' may not stand in a path");
    }
    return new Part.Literal(text);
  }

  /// The new path; null if the old one is not of the template's kind.
  ///
  /// @param path without its query
  public @Nullable String apply(String path) {
    var matcher = template.pattern().matcher(path);
    if (!matcher.matches()) {
      return null;
    }
    var result = new StringBuilder();
    for (var part : parts) {
      result.append(
          switch (part) {
            case Part.Literal(var text) -> text;
            case Part.Variable(var group) -> matcher.group(group);
          });
    }
    return result.toString();
  }
}
