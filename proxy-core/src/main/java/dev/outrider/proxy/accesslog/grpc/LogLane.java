package dev.outrider.proxy.accesslog.grpc;

/// The way of one log's entries from one loop to their service. On that loop.
public interface LogLane {
  /// Its last user has left: sends what there is, and ends.
  void close();
}
