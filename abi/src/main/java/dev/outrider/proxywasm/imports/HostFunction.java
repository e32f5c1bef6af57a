package dev.outrider.proxywasm.imports;

/// One function that guests import. It keeps no state of a call: everything it works on is in the
/// frame.
@FunctionalInterface
interface HostFunction {
  /// Runs inside the guest's call.
  ///
  /// @param args one slot per parameter, i32 in the low half; borrowed
  /// @return what the guest gets: an i32, ignored if the import has no result
  int call(HostCall call, long[] args);
}
