package dev.outrider.proxy.loadbalancing;

/// What a picker may want to know about the request it picks for. Implemented by whoever holds the
/// request, so that asking costs nothing.
public interface PickContext {
  /// For callouts, and policies that look at nothing.
  PickContext NONE = new PickContext() {};
}
