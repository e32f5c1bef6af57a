package dev.outrider.proxy.config;

/// What makes the connections of a listener end one after the other (Envoy `Listener.DrainType`).
public enum DrainType {
  /// Its update or removal, a drain of all listeners, and a health check that was made to fail.
  DEFAULT,
  /// All of these but the health check.
  MODIFY_ONLY
}
