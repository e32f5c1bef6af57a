package dev.outrider.proxy.filter;

import org.jspecify.annotations.Nullable;

/// A configured filter on one worker. Confined to that worker's loop.
@FunctionalInterface
public interface WorkerFilterFactory extends Leased {
  /// The filter for a new stream, before its head is shown to any filter. Null leaves this filter
  /// out of this stream.
  @Nullable HttpFilter create(StreamHandle stream);
}
