package dev.outrider.proxy.admin;

import com.google.re2j.PatternSyntaxException;

/// One answer of the admin interface.
public record AdminResponse(int status, String contentType, String body) {
  static final String TEXT = "text/plain; charset=UTF-8";
  static final String JSON = "application/json";

  static AdminResponse text(String body) {
    return new AdminResponse(200, TEXT, body);
  }

  static AdminResponse text(int status, String body) {
    return new AdminResponse(status, TEXT, body);
  }

  /// 400 for a regular expression that is none.
  static AdminResponse malformedRegex(PatternSyntaxException why) {
    return text(400, "Invalid re2 regex: " + why.getMessage() + "\n");
  }

  static AdminResponse json(String body) {
    return new AdminResponse(200, JSON, body);
  }
}
