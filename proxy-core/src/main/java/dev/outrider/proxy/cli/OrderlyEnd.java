package dev.outrider.proxy.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// While open, SIGTERM and Ctrl-C end what serves in order, and the process with status 0; a second
/// one ends it at once.
///
/// Without it the JVM would drop streams in flight and exit with 143.
final class OrderlyEnd implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("main");

  private final AtomicBoolean told = new AtomicBoolean();
  private final Runnable serving;
  private final PrintStream out;
  private final List<TakenSignal> signals;

  private OrderlyEnd(Runnable serving, PrintStream out) {
    this.serving = serving;
    this.out = out;
    this.signals =
        List.of(
            TakenSignal.take("TERM", () -> onSignal("SIGTERM")),
            TakenSignal.take("INT", () -> onSignal("SIGINT")));
  }

  /// @param serving closed by the signal; its `close` returns when streams have ended
  /// @param out flushed before the process ends
  static OrderlyEnd of(Runnable serving, PrintStream out) {
    return new OrderlyEnd(serving, out);
  }

  private void onSignal(String name) {
    if (told.compareAndSet(false, true)) {
      LOG.warn("caught {}", name);
      end();
    } else {
      LOG.warn("caught {} again: exiting at once", name);
      Runtime.getRuntime().halt(Main.FAILED);
    }
  }

  /// On the signal's own thread, which may wait.
  private void end() {
    int status = Main.FAILED;
    try {
      serving.run();
      status = Main.OK;
    } finally {
      out.flush();
      Runtime.getRuntime().halt(status);
    }
  }

  /// What served has ended: the process keeps its own exit status.
  @Override
  public void close() {
    signals.forEach(TakenSignal::close);
  }
}
