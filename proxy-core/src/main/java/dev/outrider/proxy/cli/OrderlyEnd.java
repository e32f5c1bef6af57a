package dev.outrider.proxy.cli;

import java.io.PrintStream;

/// While open, SIGTERM and Ctrl-C end what serves in order, and the process with status 0.
///
/// Without it the JVM would drop streams in flight and exit with 143.
final class OrderlyEnd implements AutoCloseable {
  private final Thread hook;

  private OrderlyEnd(Thread hook) {
    this.hook = hook;
  }

  /// @param serving closed by the signal; its `close` returns when streams have ended
  /// @param out flushed before the process ends
  static OrderlyEnd of(Runnable serving, PrintStream out) {
    var hook = Thread.ofPlatform().name("signal").unstarted(() -> end(serving, out));
    Runtime.getRuntime().addShutdownHook(hook);
    return new OrderlyEnd(hook);
  }

  private static void end(Runnable serving, PrintStream out) {
    int status = Main.FAILED;
    try {
      serving.run();
      status = Main.OK;
    } finally {
      out.flush();
      Runtime.getRuntime().halt(status);
    }
  }

  /// What served has ended by itself: the process keeps its own exit status.
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // a signal has come: the hook runs and ends the process
    }
  }
}
