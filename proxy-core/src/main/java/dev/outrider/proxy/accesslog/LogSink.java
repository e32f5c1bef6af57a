package dev.outrider.proxy.accesslog;

/// Where finished records go. Any thread; never blocks.
public interface LogSink {

  /// Borrows a record, line end included, for the length of the call.
  void write(byte[] bytes, int offset, int length);
}
