package dev.outrider.bench;

/// What one run of something costs.
///
/// @param bytes allocated on the heap: the same on every machine once the JIT has done its work
/// @param cpuMicros CPU time of the thread: of this machine, now; never a reason to fail
record Cost(double bytes, double cpuMicros) {}
