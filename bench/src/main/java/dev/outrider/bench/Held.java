package dev.outrider.bench;

import io.netty.buffer.PooledByteBufAllocator;
import java.lang.management.ManagementFactory;

/// What a process holds.
///
/// @param classes loaded since the start of the JVM
/// @param heapBytes in use after a collection
/// @param bufferBytes of the pool's buffers that are in use
record Held(long classes, long heapBytes, long bufferBytes) {

  /// Of this process, now.
  static Held here() {
    var memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    memory.gc();
    return new Held(
        ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount(),
        memory.getHeapMemoryUsage().getUsed(),
        buffers());
  }

  static long buffers() {
    return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
  }

  long bytes() {
    return heapBytes + bufferBytes;
  }

  String line() {
    return classes + " " + heapBytes + " " + bufferBytes;
  }

  static Held parse(String line) {
    var numbers = line.split(" ", -1);
    return new Held(
        Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
  }
}
