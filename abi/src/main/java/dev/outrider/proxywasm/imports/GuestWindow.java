package dev.outrider.proxywasm.imports;

/// What the guest is doing while it calls the host; decides which functions it may call.
public enum GuestWindow {
  /// An ordinary callback: everything.
  CALLBACK(1),
  /// `_initialize`, `main`, `_start` or the start section: WASI and `proxy_log`.
  STARTING(2),
  /// The guest's allocator, called from inside a host function: logging and the clock.
  ALLOCATING(4);

  private final int bit;

  GuestWindow(int bit) {
    this.bit = bit;
  }

  /// For sets of windows.
  int bit() {
    return bit;
  }
}
