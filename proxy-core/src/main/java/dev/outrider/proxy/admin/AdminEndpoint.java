package dev.outrider.proxy.admin;

import java.util.function.Function;

/// One path of the admin interface.
///
/// @param help as in Envoy's `/help`
/// @param mutating answers POST only
record AdminEndpoint(
    String path, String help, boolean mutating, Function<AdminRequest, AdminResponse> handler) {
  static AdminEndpoint reading(
      String path, String help, Function<AdminRequest, AdminResponse> handler) {
    return new AdminEndpoint(path, help, false, handler);
  }

  static AdminEndpoint mutating(
      String path, String help, Function<AdminRequest, AdminResponse> handler) {
    return new AdminEndpoint(path, help, true, handler);
  }
}
