package dev.outrider.proxy.wasm;

/// One plugin that is in use or about to be, as it is now: for the page `/wasm`.
///
/// @param module what runs
/// @param vms how many loops have a VM with it
/// @param memoryBytes of its VMs together, whoever else runs in them
/// @param calls how often it ran
/// @param failures why it did not
public record PluginReport(
    String name,
    String rootId,
    String vmId,
    Module module,
    int vms,
    long memoryBytes,
    Calls calls,
    Failures failures) {

  /// The code.
  ///
  /// @param sha256 lower-case hex
  /// @param abi its version of the ABI, as `0.2.1`
  /// @param interpretedFunctions how many are too big to be compiled
  public record Module(String name, String sha256, String abi, int interpretedFunctions) {}

  /// Calls between host and guest since the start, and how long a callback took; one in sixteen is
  /// timed.
  ///
  /// @param medianMicros NaN if none was timed
  /// @param p99Micros NaN if none was timed
  /// @param longestMicros NaN if none was timed
  public record Calls(
      long callbacks,
      long hostCalls,
      double medianMicros,
      double p99Micros,
      double longestMicros) {}

  /// How often something went wrong since the start.
  ///
  /// @param all guests that were stopped, whatever for
  /// @param timeouts of those: at a deadline
  /// @param outOfMemory of those: without memory
  /// @param reloads VMs that were started instead
  /// @param crashLoops pauses after too many failures
  public record Failures(
      long all, long timeouts, long outOfMemory, long reloads, long crashLoops) {}
}
