package dev.outrider.proxy.filter;

/// A configured filter, shared by all loops; what a provider makes of a typed configuration.
/// Immutable.
///
/// "Changed" means "another object": equal configuration must give the factory made before, so that
/// an unrelated update restarts nothing.
public interface HttpFilterFactory extends LeasedFactory<WorkerFilterFactory> {
  /// For filters that keep nothing per worker.
  static HttpFilterFactory of(WorkerFilterFactory factory) {
    return _ -> factory;
  }
}
