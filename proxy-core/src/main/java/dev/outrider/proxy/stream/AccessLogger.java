package dev.outrider.proxy.stream;

/// Told of every finished stream, once, before its heads are released. Called on the stream's loop;
/// never blocks.
///
/// Shared by all loops that use one configuration. Stands here and not in `accesslog`, since
/// configuration holds it.
public interface AccessLogger {
  void log(StreamInfo info);
}
