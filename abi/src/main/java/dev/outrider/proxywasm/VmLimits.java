package dev.outrider.proxywasm;

import java.time.Duration;

/// What one VM may use up before it is stopped.
///
/// @param maxMemoryBytes linear memory, rounded down to pages of 64 KiB; growing beyond answers -1
///   to the guest
/// @param callbackCpu CPU time of one callback
/// @param startCpu CPU time of the start functions, `proxy_on_vm_start` and `proxy_on_configure`,
///   each
/// @param wall elapsed time of one callback, whatever it waits for; much larger than the CPU
///   budgets
public record VmLimits(
    long maxMemoryBytes, Duration callbackCpu, Duration startCpu, Duration wall) {
  /// 1 GiB (as Envoy), 200 ms, 10 s and 60 s.
  public static final VmLimits DEFAULT =
      new VmLimits(
          1L << 30, Duration.ofMillis(200), Duration.ofSeconds(10), Duration.ofSeconds(60));
}
