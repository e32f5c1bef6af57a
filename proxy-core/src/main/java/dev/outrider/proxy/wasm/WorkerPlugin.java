package dev.outrider.proxy.wasm;

import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxywasm.GuestFailureException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/// One plugin on one loop, for all who lease it: its root context while it has one, and what
/// becomes of it when its guest fails or its configuration goes. Confined to the loop.
final class WorkerPlugin implements GuestPlugin.Owner {
  private static final Logger LOG = GuestLogSink.LOG;
  private static final long MILLI = 1_000_000;

  private final WasmPlugin plugin;
  private final WorkerVms vms;
  private final Timer reload;
  private final Timer patience;
  private final CrashLoop crashes = new CrashLoop();
  private @Nullable GuestPlugin root;
  private boolean loading;
  private boolean reloading;
  private boolean expired;
  private int leases;
  private int wanted;
  private long lastLoadNanos;

  WorkerPlugin(WasmPlugin plugin, WorkerVms vms) {
    this.plugin = plugin;
    this.vms = vms;
    var loop = vms.worker().loop();
    this.reload = loop.timers().newTimer(this::open);
    this.patience = loop.timers().newTimer(this::expire);
    this.lastLoadNanos = loop.clock().nanoTime();
  }

  PluginLease lease() {
    leases++;
    if (leases == 1) {
      wanted = 1;
      open();
    } else {
      wanted();
    }
    return new PluginLease(this);
  }

  WasmPlugin plugin() {
    return plugin;
  }

  FailurePolicy policy() {
    return plugin.settings().failurePolicy();
  }

  @Nullable GuestPlugin running() {
    vms.worker().loop().assertOnLoop();
    var current = root;
    return current != null && !expired && current.alive() ? current : null;
  }

  boolean passes() {
    if (policy() == FailurePolicy.FAIL_RELOAD) {
      plugin.stats().reloadBackoff().inc();
    }
    return policy().open();
  }

  // ---- start and reload

  private void open() {
    if (loading || root != null || leases == 0 || expired) {
      return;
    }
    lastLoadNanos = now();
    try {
      var opened = vms.open(plugin);
      if (opened == null) {
        loading = true;
        vms.load(this);
      } else {
        take(opened);
      }
    } catch (GuestFailureException refused) {
      failedToOpen(refused);
    }
  }

  private void take(GuestPlugin opened) {
    if (reloading) {
      reloading = false;
      plugin.stats().reloadSuccess().inc();
    }
    root = opened;
    opened.adopt(vms.worker(), this);
  }

  /// A VM of this plugin's key has been started in the background.
  void onLoaded() {
    loading = false;
    open();
  }

  void onLoadFailed(Throwable why) {
    loading = false;
    if (leases > 0) {
      failedToOpen(why);
    }
  }

  private void failedToOpen(Throwable why) {
    plugin.stats().reloadFailure().inc();
    LOG.error("wasm plugin {}: reload failed: {}", plugin.settings().name(), why.toString());
    reloadLater();
  }

  /// Under FAIL_RELOAD, once the back-off since the last load has passed; a crash loop has to wait
  /// longer.
  private void reloadLater() {
    boolean looping = crashes.failed(now());
    if (policy() != FailurePolicy.FAIL_RELOAD || wanted == 0) {
      return;
    }
    reloading = true;
    if (looping) {
      plugin.stats().crashLoops().inc();
      LOG.error(
          "wasm plugin {}: failed {} times within {} s; no reload for {} s",
          plugin.settings().name(),
          CrashLoop.MOST_FAILURES,
          CrashLoop.WINDOW.toSeconds(),
          CrashLoop.PAUSE.toSeconds());
      reload.arm(CrashLoop.PAUSE.toMillis());
    } else {
      reload.arm(Math.max(0, backoffMillis() - (now() - lastLoadNanos) / MILLI));
    }
  }

  /// From the base interval to one and a half of it, as in Envoy, so that workers do not all reload
  /// at once.
  private long backoffMillis() {
    long base = plugin.settings().reloadMillis();
    return base + vms.random().nextLong(Math.max(1, base / 2));
  }

  private long now() {
    return vms.worker().loop().clock().nanoTime();
  }

  @Override
  public void onPluginFailed() {
    var failed = root;
    if (failed == null) {
      return;
    }
    root = null;
    var failure = failed.failure();
    if (failure != null) {
      plugin.stats().failed(failure);
      LOG.error("wasm plugin {}: {}", plugin.settings().name(), failure.message());
    }
    if (wanted == 0) {
      gone();
    } else {
      reloadLater();
    }
  }

  // ---- the end

  /// One lease's configuration has been replaced.
  void unwanted() {
    vms.worker().loop().assertOnLoop();
    wanted--;
    if (wanted == 0) {
      reload.cancel();
      patience.arm(vms.drainMillis());
      vms.generations().add(this);
    }
  }

  /// It is configured again.
  void wanted() {
    wanted++;
    if (wanted == 1) {
      gone();
      expired = false;
      open();
    }
  }

  /// With the last lease the plugin says good-bye, for which it has the drain time.
  ///
  /// @param wasWanted whether that lease's configuration was not replaced before
  void release(boolean wasWanted) {
    vms.worker().loop().assertOnLoop();
    leases--;
    if (leases > 0) {
      if (wasWanted) {
        unwanted();
      }
      return;
    }
    wanted = 0;
    vms.released(this);
    var leaving = root;
    if (leaving == null) {
      gone();
      return;
    }
    patience.arm(vms.drainMillis());
    leaving.shutdown();
    if (root != null && wasWanted) { // it takes its time
      vms.generations().add(this);
    }
  }

  /// The drain time has passed, or too many newer configurations have come: what is left ends now.
  void expire() {
    expired = true;
    var leaving = root;
    if (leaving != null) {
      plugin.stats().drainTimeouts().add(leaving.endNow());
    }
  }

  @Override
  public void onPluginEnded() {
    root = null;
    gone();
  }

  /// Nothing waits for its end any more.
  private void gone() {
    patience.cancel();
    reload.cancel();
    vms.generations().remove(this);
  }
}
