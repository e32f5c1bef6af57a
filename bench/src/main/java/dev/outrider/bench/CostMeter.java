package dev.outrider.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Measures what a thread allocates and how long it runs. Of several rounds the least counts: the
/// JIT and other work on the machine only ever add.
final class CostMeter {
  private static final int ROUNDS = 6;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final long thread;

  /// @param thread whose cost it is
  CostMeter(Thread thread) {
    this.thread = thread.threadId();
  }

  /// @param runs how often per round; twice as many warm up
  /// @param perRun how many of what is counted one run is
  Cost measure(int runs, int perRun, Runnable work) {
    repeat(2 * runs, work);
    long bytes = Long.MAX_VALUE;
    long nanos = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long bytesBefore = threads.getThreadAllocatedBytes(thread);
      long nanosBefore = threads.getThreadCpuTime(thread);
      repeat(runs, work);
      nanos = Math.min(nanos, threads.getThreadCpuTime(thread) - nanosBefore);
      bytes = Math.min(bytes, threads.getThreadAllocatedBytes(thread) - bytesBefore);
    }
    double count = (double) runs * perRun;
    return new Cost(bytes / count, nanos / count / 1000);
  }

  private static void repeat(int times, Runnable work) {
    for (int i = 0; i < times; i++) {
      work.run();
    }
  }
}
