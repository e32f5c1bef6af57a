package dev.outrider.proxy.filter;

import org.jspecify.annotations.Nullable;

/// A filter whose configuration comes by itself and changes while streams run (Envoy
/// `core.v3.ExtensionConfigSource`). Which one is current, each worker's [DiscoveredFilters] knows.
/// Immutable.
public final class DiscoveredFilter implements HttpFilterFactory {
  private final String handle;
  private final @Nullable HttpFilterFactory fallback;

  /// @param handle by which workers know the configuration
  /// @param fallback as long as there is none; null = streams are answered 500
  public DiscoveredFilter(String handle, @Nullable HttpFilterFactory fallback) {
    this.handle = handle;
    this.fallback = fallback;
  }

  @Override
  public WorkerFilterFactory forWorker(WorkerContext worker) {
    throw new UnsupportedOperationException("borrows what it serves: see the other method");
  }

  @Override
  public WorkerFilterFactory forWorker(
      WorkerContext worker, WorkerFilters<WorkerFilterFactory> lender) {
    return new OnWorker(lender.discovered().use(handle, fallback));
  }

  private record OnWorker(DiscoveredFilters.Use<WorkerFilterFactory> use)
      implements WorkerFilterFactory {

    @Override
    public @Nullable HttpFilter create(StreamHandle stream) {
      var part = use.part();
      return part == null ? new MissingFilter(stream) : part.create(stream);
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
