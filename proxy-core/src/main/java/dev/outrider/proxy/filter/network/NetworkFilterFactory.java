package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.filter.LeasedFactory;

/// A configured network filter, shared by all loops; what a provider makes of a typed
/// configuration. Immutable.
///
/// "Changed" means "another object": equal configuration must give the factory made before.
public interface NetworkFilterFactory extends LeasedFactory<WorkerNetworkFilterFactory> {
  /// Whether its filters take bytes out of the chain: one must stand at the end of each chain, and
  /// nowhere else.
  default boolean terminal() {
    return false;
  }

  /// For filters that keep nothing per worker and stand in the middle of chains.
  static NetworkFilterFactory of(WorkerNetworkFilterFactory factory) {
    return _ -> factory;
  }
}
