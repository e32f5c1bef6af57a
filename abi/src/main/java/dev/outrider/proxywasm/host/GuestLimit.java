package dev.outrider.proxywasm.host;

/// A limit that costs a guest what it asked for, not its life.
public enum GuestLimit {
  /// A value longer than [VmLimits#maxBlockBytes], or header pairs beyond 1 MiB or 1,024.
  BLOCK,
  /// One call too many, or too many bytes in those under way.
  CALLOUTS,
  /// A line beyond [PluginLimits#logLinesPerSecond]: it is not written.
  LOG_LINES,
  /// A metric beyond 50,000 in one VM, or one with a name beyond 4 KiB.
  METRICS,
  /// [VmLimits#maxSharedDataBytes].
  SHARED_DATA,
  /// [VmLimits#maxSharedQueueBytes].
  SHARED_QUEUE
}
