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

  String handle() {
    return handle;
  }

  @Nullable HttpFilterFactory fallback() {
    return fallback;
  }

  @Override
  public WorkerFilterFactory forWorker(WorkerContext worker) {
    return worker.discovered().use(this);
  }
}
