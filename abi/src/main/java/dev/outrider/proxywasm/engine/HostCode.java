package dev.outrider.proxywasm.engine;

/// The host's side of one imported function.
@FunctionalInterface
public interface HostCode {
  /// Runs on the thread that runs the guest. `args` holds one slot per parameter (i32 in the low
  /// half, unsigned upper half undefined: narrow with `(int)`); it is borrowed for this call only.
  ///
  /// Returns the single result; ignored if the import has none. To end the guest throw a
  /// [HostAbortException]; anything else thrown is reported as a bug of the host
  /// ([GuestTrapException.Kind#HOST]).
  long call(WasmInstance instance, long[] args);
}
