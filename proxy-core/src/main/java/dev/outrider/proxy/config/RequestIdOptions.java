package dev.outrider.proxy.config;

/// The `x-request-id` header.
///
/// @param generate make one when a request has none; default true
/// @param alwaysSetInResponse default false
public record RequestIdOptions(boolean generate, boolean alwaysSetInResponse) {

  /// Envoy's defaults.
  public static final RequestIdOptions DEFAULT = new RequestIdOptions(true, false);
}
