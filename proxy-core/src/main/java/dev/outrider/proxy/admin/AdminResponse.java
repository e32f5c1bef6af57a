package dev.outrider.proxy.admin;

import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.metrics.TextParts;
import org.jspecify.annotations.Nullable;

/// One answer of the admin interface.
///
/// @param file sent instead of the text; whoever sends closes it. Null = the text
/// @param parts made while they are sent, instead of the text. Null = the text
public record AdminResponse(
    int status,
    String contentType,
    String body,
    @Nullable OpenFile file,
    @Nullable TextParts parts) {
  static final String TEXT = "text/plain; charset=UTF-8";
  static final String JSON = "application/json";

  static AdminResponse of(int status, String contentType, String body) {
    return new AdminResponse(status, contentType, body, null, null);
  }

  static AdminResponse text(String body) {
    return text(200, body);
  }

  static AdminResponse text(int status, String body) {
    return of(status, TEXT, body);
  }

  /// 400 for a regular expression that is none.
  static AdminResponse malformedRegex(PatternSyntaxException why) {
    return text(400, "Invalid re2 regex: " + why.getMessage() + "\n");
  }

  static AdminResponse json(String body) {
    return of(200, JSON, body);
  }

  static AdminResponse parts(String contentType, TextParts parts) {
    return new AdminResponse(200, contentType, "", null, parts);
  }

  static AdminResponse file(OpenFile file) {
    return new AdminResponse(200, "application/octet-stream", "", file, null);
  }
}
