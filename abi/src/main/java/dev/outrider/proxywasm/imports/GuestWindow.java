package dev.outrider.proxywasm.imports;

/// What the guest is doing while it calls the host; decides which functions it may call.
public enum GuestWindow {
  /// An ordinary callback: everything.
  CALLBACK,
  /// `_initialize`, `main`, `_start` or the start section: WASI and `proxy_log`.
  STARTING,
  /// The guest's allocator, called from inside a host function: logging and the clock.
  ALLOCATING
}
