package dev.outrider.proxy.wasm;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The names of all metrics that guests have defined in this process: they outlive their VMs, as in
/// Envoy, so there is an end to them. Any thread.
final class GuestMetricNames {
  static final int MOST = 100_000;

  private final Set<String> names = ConcurrentHashMap.newKeySet();

  /// False if it is new and one too many.
  boolean admit(String name) {
    if (!names.contains(name) && names.size() < MOST) {
      names.add(name);
    }
    return names.contains(name);
  }
}
