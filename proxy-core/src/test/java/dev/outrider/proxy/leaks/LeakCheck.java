package dev.outrider.proxy.leaks;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Fails a test class that let a Netty buffer be collected without releasing it.
///
/// Registered for every test class through `META-INF/services`. Netty reports a leak when a later
/// buffer is tracked, so the check collects garbage, waits until the collector has really run, and
/// allocates once.
public final class LeakCheck implements AfterAllCallback {
  @Override
  public void afterAll(ExtensionContext context) {
    var leaks = leaksSoFar();
    if (!leaks.isEmpty()) {
      throw new AssertionError(
          context.getDisplayName()
              + " leaked "
              + leaks.size()
              + " buffer(s):\n"
              + String.join("\n", leaks));
    }
  }

  static List<String> leaksSoFar() {
    var leaks = new ArrayList<String>();
    for (int round = 0; round < 2; round++) {
      collectGarbage();
      UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release();
      leaks.addAll(CountingLeakDetector.takeReports());
    }
    return leaks;
  }

  private static void collectGarbage() {
    var queue = new ReferenceQueue<Object>();
    var canary = new PhantomReference<>(new Object(), queue);
    try {
      for (int attempt = 0; attempt < 20; attempt++) {
        System.gc();
        if (queue.remove(50) != null && canary.refersTo(null)) {
          return;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError("the garbage collector did not run: leaks cannot be checked");
  }
}
