package dev.outrider.proxy.wasm;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;

/// A plugin as an access logger: its root context sees every finished stream (ABI reference 4.9). A
/// stream that ends while the plugin is not running is not logged, whatever the failure policy.
final class WasmAccessLogger implements AccessLogger {
  private final WasmPlugin plugin;

  WasmAccessLogger(WasmPlugin plugin) {
    this.plugin = plugin;
  }

  @Override
  public void log(StreamInfo info) {
    throw new IllegalStateException("a guest logs on a loop: use what onLoop answers");
  }

  @Override
  public AccessLogger onLoop(Loop loop) {
    return new OnLoop(plugin.lease(loop));
  }

  private static final class OnLoop implements AccessLogger {
    private final FinishedStream shown = new FinishedStream();
    private final PluginLease plugin;

    OnLoop(PluginLease plugin) {
      this.plugin = plugin;
    }

    @Override
    public void log(StreamInfo info) {
      var running = plugin.running();
      if (running != null) {
        running.log(shown.of(running, info));
      }
    }

    @Override
    public void leave() {
      plugin.close();
    }
  }
}
