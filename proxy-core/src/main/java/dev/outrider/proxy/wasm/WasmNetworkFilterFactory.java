package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import org.jspecify.annotations.Nullable;

/// A plugin as a network filter.
final class WasmNetworkFilterFactory implements NetworkFilterFactory {
  private final WasmPlugin plugin;

  WasmNetworkFilterFactory(WasmPlugin plugin) {
    this.plugin = plugin;
  }

  @Override
  public WorkerNetworkFilterFactory forWorker(WorkerContext worker) {
    return new OnWorker(plugin.lease(worker));
  }

  private record OnWorker(PluginLease plugin) implements WorkerNetworkFilterFactory, LeasedPlugin {
    @Override
    public @Nullable NetworkFilter create(NetworkHandle connection) {
      var running = plugin.running();
      if (running != null) {
        return new WasmNetworkFilter(running, plugin.policy(), connection);
      }
      return plugin.passes() ? null : new FailedNetworkFilter(connection);
    }
  }
}
