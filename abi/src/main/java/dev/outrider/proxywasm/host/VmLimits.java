package dev.outrider.proxywasm.host;

import java.time.Duration;

/// What one VM may use up, whoever its plugins are; what each of them may is in [PluginLimits].
///
/// @param maxMemoryBytes linear memory, rounded down to pages of 64 KiB; growing beyond answers -1
///   to the guest
/// @param startCpu CPU time of the start section, `_initialize`, `main` and `_start`, each
/// @param wall elapsed time of each of those, whatever it waits for; much larger than the CPU time
/// @param maxBlockBytes the longest value that one host call moves; a longer one is answered as a
///   range outside the guest's memory
/// @param maxSharedDataBytes keys and values under the VM's `vm_id`, as [SharedData] counts them
/// @param maxSharedQueueBytes names and items of the queues under the VM's `vm_id`, as
///   [SharedQueues] counts them
public record VmLimits(
    long maxMemoryBytes,
    Duration startCpu,
    Duration wall,
    int maxBlockBytes,
    long maxSharedDataBytes,
    long maxSharedQueueBytes) {
  /// 1 GiB (as Envoy), 10 s, 60 s; 64 MiB, 64 MiB, 16 MiB.
  public static final VmLimits DEFAULT =
      new VmLimits(
          1L << 30, Duration.ofSeconds(10), Duration.ofSeconds(60), 64 << 20, 64L << 20, 16L << 20);
}
