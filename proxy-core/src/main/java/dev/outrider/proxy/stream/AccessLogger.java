package dev.outrider.proxy.stream;

/// Told of every finished stream, once, before its heads are released. Called on the stream's loop;
/// never blocks.
///
/// Shared by all loops that use one configuration. Stands here and not in `accesslog`, since
/// configuration holds it.
public interface AccessLogger extends AutoCloseable {
  void log(StreamInfo info);

  /// Lets the sink go, when no configuration uses the logger any more. Not to be called on a loop.
  @Override
  default void close() {}
}
