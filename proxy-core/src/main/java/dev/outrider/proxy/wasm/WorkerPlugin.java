package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.loop.Timer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/// One plugin on one worker: its VM, and what becomes of streams when the VM has failed. Confined
/// to the worker's loop.
final class WorkerPlugin implements WorkerFilterFactory, GuestVm.Owner {
  private static final Logger LOG = GuestLogSink.LOG;
  private static final long MILLI = 1_000_000;
  // Envoy's default drain time: as long may a guest take to say good-bye.
  private static final long LONGEST_GOODBYE_MILLIS = 600_000;

  private final WasmFilterFactory factory;
  private final WorkerContext worker;
  private final FailurePolicy policy;
  private final Timer reload;
  private @Nullable GuestVm vm;
  private boolean loading;
  private @Nullable Goodbye goodbye;
  private boolean closed;
  private long lastLoadNanos;

  WorkerPlugin(WasmFilterFactory factory, WorkerContext worker) {
    this.factory = factory;
    this.worker = worker;
    this.policy = factory.settings().failurePolicy();
    this.reload = worker.loop().timers().newTimer(this::loadVm);
    this.lastLoadNanos = worker.loop().clock().nanoTime();
  }

  @Override
  public @Nullable HttpFilter create(StreamHandle stream) {
    worker.loop().assertOnLoop();
    var current = vm;
    if (current != null && current.alive()) {
      return new WasmFilter(current, policy, stream);
    }
    if (policy.open()) {
      return null;
    }
    if (policy == FailurePolicy.FAIL_RELOAD) {
      factory.stats().reloadBackoff().inc();
    }
    return new FailedFilter(stream);
  }

  /// Takes a VM that was prepared in the background.
  void take(GuestVm prepared) {
    worker.loop().assertOnLoop();
    vm = prepared;
    prepared.adopt(worker, this);
  }

  /// Starts a VM in the background and takes it when it is there.
  void loadVm() {
    worker.loop().assertOnLoop();
    if (loading || closed) {
      return;
    }
    loading = true;
    lastLoadNanos = worker.loop().clock().nanoTime();
    factory.background().execute(this::startInBackground);
  }

  private void startInBackground() {
    try {
      var started = factory.startVm();
      worker.loop().execute(() -> loaded(started));
    } catch (RuntimeException | Error failed) { // a refusal or a bug: the worker must hear of it
      worker.loop().execute(() -> loadFailed(failed));
    }
  }

  private void loaded(GuestVm started) {
    loading = false;
    if (closed) {
      end(started);
      return;
    }
    factory.stats().reloadSuccess().inc();
    take(started);
  }

  private void loadFailed(Throwable why) {
    loading = false;
    factory.stats().reloadFailure().inc();
    LOG.error("wasm plugin {}: reload failed: {}", factory.settings().name(), why.toString());
    retryUnlessClosed();
  }

  private void retryUnlessClosed() {
    if (!closed && policy == FailurePolicy.FAIL_RELOAD) {
      long sinceMillis = (worker.loop().clock().nanoTime() - lastLoadNanos) / MILLI;
      reload.arm(Math.max(0, factory.settings().reloadMillis() - sinceMillis));
    }
  }

  @Override
  public void onPluginFailed(GuestVm failed) {
    worker.loop().assertOnLoop();
    factory.stats().failures().inc();
    LOG.error("wasm plugin {}: {}", factory.settings().name(), failed.failureMessage());
    if (failed == vm) {
      vm = null;
      worker.loop().execute(() -> end(failed));
      retryUnlessClosed();
    } // else it is shutting down, and ends with its last stream
  }

  @Override
  public void onPluginEnded(GuestVm ended) {
    worker.loop().execute(() -> end(ended));
  }

  private void end(GuestVm ended) {
    if (goodbye != null && goodbye.leaving == ended) {
      goodbye.patience.cancel();
    }
    ended.close();
    factory.stats().vmClosed();
  }

  @Override
  public void close() {
    worker.loop().assertOnLoop();
    closed = true;
    reload.cancel();
    var current = vm;
    vm = null;
    if (current != null) {
      goodbye = new Goodbye(current);
      goodbye.begin();
    }
    factory.released();
  }

  /// The end of a VM whose configuration is gone: with its last stream, and at most the drain time
  /// after it.
  private final class Goodbye {
    private final GuestVm leaving;
    private final Timer patience;

    Goodbye(GuestVm leaving) {
      this.leaving = leaving;
      this.patience = worker.loop().timers().newTimer(this::press);
    }

    void begin() {
      patience.arm(LONGEST_GOODBYE_MILLIS);
      leaving.shutdown();
    }

    private void press() {
      if (!leaving.endNow()) {
        patience.arm(LONGEST_GOODBYE_MILLIS);
      }
    }
  }
}
