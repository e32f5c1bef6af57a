package dev.outrider.proxy.filter;

import org.jspecify.annotations.Nullable;

/// A configured filter on one worker. Confined to that worker's loop.
@FunctionalInterface
public interface WorkerFilterFactory extends AutoCloseable {
  /// The filter for a new stream, before its head is shown to any filter. Null leaves this filter
  /// out of this stream.
  @Nullable HttpFilter create(StreamHandle stream);

  /// Every chain that uses it has been replaced; their connections may still bring streams.
  default void onRetired() {}

  /// A new chain uses it again, after [#onRetired].
  default void onWanted() {}

  /// The worker has taken a configuration without this factory. Streams that it made may still run;
  /// nothing is created any more.
  @Override
  default void close() {}
}
