package dev.outrider.proxy.admin;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// One path of the admin interface.
///
/// @param help as in Envoy's `/help`
/// @param mutating answers POST only
/// @param parameters what its query may say
/// @param handler its answer may come later, on the main loop too
record AdminEndpoint(
    String path,
    String help,
    boolean mutating,
    List<AdminParameter> parameters,
    Function<AdminRequest, CompletionStage<AdminResponse>> handler) {
  static AdminEndpoint reading(
      String path, String help, Function<AdminRequest, AdminResponse> handler) {
    return waiting(path, help, handler.andThen(CompletableFuture::completedFuture));
  }

  static AdminEndpoint waiting(
      String path, String help, Function<AdminRequest, CompletionStage<AdminResponse>> handler) {
    return new AdminEndpoint(path, help, false, List.of(), handler);
  }

  /// Mutates, and answers `OK` when that has taken effect.
  static AdminEndpoint ordering(
      String path, String help, Function<AdminRequest, CompletionStage<?>> handler) {
    return mutatingLater(
        path, help, request -> handler.apply(request).thenApply(_ -> AdminResponse.text("OK\n")));
  }

  static AdminEndpoint mutating(
      String path, String help, Function<AdminRequest, AdminResponse> handler) {
    return mutatingLater(path, help, handler.andThen(CompletableFuture::completedFuture));
  }

  static AdminEndpoint mutatingLater(
      String path, String help, Function<AdminRequest, CompletionStage<AdminResponse>> handler) {
    return new AdminEndpoint(path, help, true, List.of(), handler);
  }

  /// The same with parameters.
  AdminEndpoint with(AdminParameter... itsParameters) {
    return new AdminEndpoint(path, help, mutating, List.of(itsParameters), handler);
  }

  /// Its part of `/help`.
  String lines() {
    var lines = new StringBuilder("  ").append(path).append(mutating ? " (POST)" : "");
    lines.append(": ").append(help).append('\n');
    parameters.forEach(parameter -> lines.append(parameter.line()));
    return lines.toString();
  }
}
