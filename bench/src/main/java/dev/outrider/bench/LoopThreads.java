package dev.outrider.bench;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Threads like an event loop's for JMH: Netty recycles buffers only on those. JMH makes it by its
/// name, given as `jmh.executor.class`.
public final class LoopThreads extends ThreadPoolExecutor {

  /// As JMH calls it.
  public LoopThreads(int threads, String prefix) {
    super(
        threads,
        threads,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> new FastThreadLocalThread(null, task, prefix, 1L << 20));
  }
}
