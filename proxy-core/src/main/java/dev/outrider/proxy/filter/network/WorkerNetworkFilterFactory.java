package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.filter.Leased;
import org.jspecify.annotations.Nullable;

/// A configured network filter on one worker. Confined to that worker's loop.
@FunctionalInterface
public interface WorkerNetworkFilterFactory extends Leased {
  /// The filter for a new connection. Null leaves this filter out of it.
  @Nullable NetworkFilter create(NetworkHandle connection);

  /// Whether its configuration has not come: no connection is served without it.
  default boolean missing() {
    return false;
  }
}
