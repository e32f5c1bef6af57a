package dev.outrider.proxy.demo;

/// What a test breaks on purpose, to prove that the tour sees it.
public enum Sabotage {
  NONE,
  /// The rate limit's module is replaced by one that lets everything pass.
  PASS_THROUGH_FILTER,
  /// The control plane loses a push.
  SWALLOWED_PUSH,
  /// One response of the load is thrown away.
  DROPPED_RESPONSE
}
