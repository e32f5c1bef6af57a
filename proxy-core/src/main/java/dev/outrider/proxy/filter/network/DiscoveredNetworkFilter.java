package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.filter.DiscoveredFilters;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilters;
import org.jspecify.annotations.Nullable;

/// A network filter whose configuration comes by itself and changes while connections run (Envoy
/// `core.v3.ExtensionConfigSource`). Which one is current, each worker's [DiscoveredFilters] knows;
/// a connection keeps the filter that it began with. Immutable.
public final class DiscoveredNetworkFilter implements NetworkFilterFactory {
  private final String handle;
  private final @Nullable NetworkFilterFactory fallback;
  private final boolean terminal;

  /// @param handle by which workers know the configuration
  /// @param fallback as long as there is none; null = connections are closed
  /// @param terminal whether it ends its chain, as every configuration that comes has to
  public DiscoveredNetworkFilter(
      String handle, @Nullable NetworkFilterFactory fallback, boolean terminal) {
    this.handle = handle;
    this.fallback = fallback;
    this.terminal = terminal;
  }

  @Override
  public boolean terminal() {
    return terminal;
  }

  @Override
  public WorkerNetworkFilterFactory forWorker(WorkerContext worker) {
    throw new UnsupportedOperationException("borrows what it serves: see the other method");
  }

  @Override
  public WorkerNetworkFilterFactory forWorker(
      WorkerContext worker, WorkerFilters<WorkerNetworkFilterFactory> lender) {
    return new OnWorker(lender.discovered().use(handle, fallback));
  }

  private record OnWorker(DiscoveredFilters.Use<WorkerNetworkFilterFactory> use)
      implements WorkerNetworkFilterFactory {

    @Override
    public boolean missing() {
      return use.part() == null;
    }

    @Override
    public @Nullable NetworkFilter create(NetworkHandle connection) {
      var part = use.part();
      return part == null ? null : part.create(connection);
    }

    @Override
    public void onRetired() {
      use.onRetired();
    }

    @Override
    public void onWanted() {
      use.onWanted();
    }

    @Override
    public void close() {
      use.close();
    }
  }
}
