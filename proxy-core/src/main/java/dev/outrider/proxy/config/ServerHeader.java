package dev.outrider.proxy.config;

/// What happens to the `server` header of a response (Envoy `ServerHeaderTransformation`).
public enum ServerHeader {
  OVERWRITE,
  APPEND_IF_ABSENT,
  PASS_THROUGH
}
