package dev.outrider.proxywasm;

import dev.outrider.proxywasm.guest.GuestCallback;
import dev.outrider.proxywasm.host.HostClock;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.imports.PluginScope;
import org.jspecify.annotations.Nullable;

/// Watches a VM's callbacks, one at a time: tells the plugin's host what each took, and a flight
/// recording that wants to know. On the VM's thread.
final class CallObserver {
  // Two readings of the clock are as dear as an empty callback.
  private static final int TIMED = 16;

  private final HostClock clock;
  private @Nullable GuestCallbackEvent event;

  /// Asked whether events are wanted, and used up if they are: the JIT does not remove the
  /// allocation of a new one for each callback in every process.
  private GuestCallbackEvent next = new GuestCallbackEvent();

  private int untilTimed;
  private long startNanos;
  private long crossingsBefore;

  CallObserver(HostClock clock) {
    this.clock = clock;
  }

  /// @param crossings how often guest and host have called each other so far
  void begin(long crossings) {
    if (next.isEnabled()) {
      event = next;
      next = new GuestCallbackEvent();
      event.begin();
    }
    crossingsBefore = crossings;
    if (untilTimed == 0) {
      startNanos = clock.monotonicNanos();
    }
  }

  /// @param plugin null in the start functions
  void end(@Nullable PluginScope plugin, GuestCallback callback, long crossings, boolean failed) {
    long hostCalls = crossings - crossingsBefore;
    if (plugin != null) {
      plugin.host().ran(callback.export(), hostCalls, takeNanos());
    }
    var recorded = event;
    if (recorded != null) {
      event = null;
      recorded.end();
      recorded.plugin = plugin == null ? "" : plugin.identity().name();
      recorded.callback = callback.export();
      recorded.hostCalls = hostCalls;
      recorded.failed = failed;
      recorded.commit();
    }
  }

  private long takeNanos() {
    if (untilTimed > 0) {
      untilTimed--;
      return PluginHost.NOT_TIMED;
    }
    untilTimed = TIMED - 1;
    return clock.monotonicNanos() - startNanos;
  }
}
