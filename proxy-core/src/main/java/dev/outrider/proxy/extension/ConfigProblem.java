package dev.outrider.proxy.extension;

import java.util.regex.Pattern;

/// One reason why a configuration was refused. Control characters are escaped: a name must not
/// write lines of its own into a log.
///
/// @param resource what the problem is in: an xDS resource (`listener 'main'`) or a place in a text
///   (`bootstrap.yaml:12:5`)
/// @param field path from the root of the resource (`filter_chains[0].name`), empty for the
///   resource as a whole
/// @param message what was found and what is allowed, without resource and field
public record ConfigProblem(String resource, String field, String message) {
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  public ConfigProblem {
    resource = visible(resource);
    field = visible(field);
    message = visible(message);
  }

  /// One line: resource, field, message; the form that a NACK and the log carry.
  public String text() {
    var where = field.isEmpty() ? resource : resource.isEmpty() ? field : resource + ": " + field;
    return where.isEmpty() ? message : where + ": " + message;
  }

  private static String visible(String text) {
    return CONTROL
        .matcher(text)
        .replaceAll(c -> String.format("\\\\u%04x", (int) c.group().charAt(0)));
  }
}
