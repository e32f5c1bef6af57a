package dev.outrider.proxy.filter;

/// A configured filter, shared by all loops; what a provider makes of a typed configuration.
/// Immutable.
///
/// "Changed" means "another object": equal configuration must give the factory made before, so that
/// an unrelated update restarts nothing.
public interface HttpFilterFactory {
  /// Called on the worker's loop when the worker takes a configuration that names this factory.
  /// Must not block.
  WorkerFilterFactory forWorker(WorkerContext worker);

  /// For filters that keep nothing per worker.
  static HttpFilterFactory of(WorkerFilterFactory factory) {
    return _ -> factory;
  }
}
