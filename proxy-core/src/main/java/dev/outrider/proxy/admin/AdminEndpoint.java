package dev.outrider.proxy.admin;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// One path of the admin interface.
///
/// @param help as in Envoy's `/help`
/// @param mutating answers POST only
/// @param handler its answer may come later, on the main loop too
record AdminEndpoint(
    String path,
    String help,
    boolean mutating,
    Function<AdminRequest, CompletionStage<AdminResponse>> handler) {
  static AdminEndpoint reading(
      String path, String help, Function<AdminRequest, AdminResponse> handler) {
    return new AdminEndpoint(
        path, help, false, handler.andThen(CompletableFuture::completedFuture));
  }

  static AdminEndpoint waiting(
      String path, String help, Function<AdminRequest, CompletionStage<AdminResponse>> handler) {
    return new AdminEndpoint(path, help, false, handler);
  }

  /// Mutates, and answers `OK` when that has taken effect.
  static AdminEndpoint ordering(
      String path, String help, Function<AdminRequest, CompletionStage<?>> handler) {
    return new AdminEndpoint(
        path,
        help,
        true,
        request -> handler.apply(request).thenApply(_ -> AdminResponse.text("OK\n")));
  }

  static AdminEndpoint mutating(
      String path, String help, Function<AdminRequest, AdminResponse> handler) {
    return new AdminEndpoint(path, help, true, handler.andThen(CompletableFuture::completedFuture));
  }
}
