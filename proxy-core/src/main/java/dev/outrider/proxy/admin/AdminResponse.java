package dev.outrider.proxy.admin;

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

  static AdminResponse json(String body) {
    return new AdminResponse(200, JSON, body);
  }
}
