package dev.outrider.proxy.stream;

import dev.outrider.proxy.loop.Loop;

/// Told of every finished stream, once, before its heads are released. Called on the stream's loop;
/// never blocks.
///
/// Shared by all loops that use one configuration. Stands here and not in `accesslog`, since
/// configuration holds it.
public interface AccessLogger extends AutoCloseable {
  void log(StreamInfo info);

  /// What a chain logs with on one loop, from its start to its end; on that loop. Loggers that keep
  /// nothing per loop answer themselves.
  default AccessLogger onLoop(Loop loop) {
    return this;
  }

  /// The chain that got this by [#onLoop] has ended.
  default void leave() {}

  /// Lets the sink go, when no configuration uses the logger any more. Not to be called on a loop.
  @Override
  default void close() {}
}
