package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import org.jspecify.annotations.Nullable;

/// A plugin as an HTTP filter.
final class WasmFilterFactory implements HttpFilterFactory {
  private final WasmPlugin plugin;

  WasmFilterFactory(WasmPlugin plugin) {
    this.plugin = plugin;
  }

  @Override
  public WorkerFilterFactory forWorker(WorkerContext worker) {
    return new OnWorker(plugin.lease(worker));
  }

  private record OnWorker(PluginLease plugin) implements WorkerFilterFactory, LeasedPlugin {
    @Override
    public @Nullable HttpFilter create(StreamHandle stream) {
      var running = plugin.running();
      if (running != null) {
        return new WasmFilter(running, plugin.policy(), stream);
      }
      return plugin.passes() ? null : new FailedFilter(stream);
    }
  }
}
