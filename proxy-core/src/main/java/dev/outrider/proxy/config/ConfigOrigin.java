package dev.outrider.proxy.config;

/// Where a resource came from. A static one is never replaced or removed by the control plane.
public enum ConfigOrigin {
  STATIC,
  DYNAMIC
}
