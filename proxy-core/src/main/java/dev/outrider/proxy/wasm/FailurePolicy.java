package dev.outrider.proxy.wasm;

/// What becomes of streams once a VM has failed (Envoy `wasm.v3.FailurePolicy`).
///
/// The stream whose callback failed is answered 503 under each of them, except
/// [#FAIL_OPEN_AT_ONCE].
enum FailurePolicy {
  /// Every later stream is answered 503.
  FAIL_CLOSED,
  /// Later streams are answered 503 until a fresh VM is there, made at most once a second.
  FAIL_RELOAD,
  /// Later streams go on without the filter.
  FAIL_OPEN,
  /// The deprecated `fail_open: true`: the failing stream goes on too.
  FAIL_OPEN_AT_ONCE;

  boolean open() {
    return this == FAIL_OPEN || this == FAIL_OPEN_AT_ONCE;
  }
}
