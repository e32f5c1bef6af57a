package dev.outrider.proxy.filter.network;

import org.jspecify.annotations.Nullable;

/// A configured network filter on one worker. Confined to that worker's loop.
@FunctionalInterface
public interface WorkerNetworkFilterFactory extends AutoCloseable {
  /// The filter for a new connection. Null leaves this filter out of it.
  @Nullable NetworkFilter create(NetworkHandle connection);

  /// Every chain that uses it has been replaced; their connections may still go on.
  default void onRetired() {}

  /// A new chain uses it again, after [#onRetired].
  default void onWanted() {}

  /// The worker has taken a configuration without this factory, and the last connection that it
  /// made a filter for is gone.
  @Override
  default void close() {}
}
