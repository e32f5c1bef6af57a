package dev.outrider.proxy.config;

/// The `x-request-id` header.
///
/// @param generate make one when a request has none; default true
/// @param preserveExternal keep that of a stranger; default false
/// @param alwaysSetInResponse default false
/// @param packTraceReason its version digit says whether the request is traced; default true
public record RequestIdOptions(
    boolean generate,
    boolean preserveExternal,
    boolean alwaysSetInResponse,
    boolean packTraceReason) {

  /// Envoy's defaults.
  public static final RequestIdOptions DEFAULT = new RequestIdOptions(true, false, false, true);
}
