package dev.outrider.proxy.http;

/// What happens to request headers with `_` in their names, which some servers take for `-` (Envoy
/// `HeadersWithUnderscoresAction`).
public enum UnderscoreNames {
  ALLOW,
  REJECT_REQUEST,
  DROP_HEADER
}
