package dev.outrider.proxy.upstream;

/// A gRPC call under way, as its caller sees it: one or more messages go out, then the end. On the
/// loop that it was started on. After the status, or [#cancel], every call does nothing.
public interface GrpcCallout {
  /// Sends one message (copied), and with `end` the end of the messages. What the connection does
  /// not take at the moment waits, and [GrpcCalloutSink#onQueued] tells how much. False if it was
  /// not taken, because the call or its messages are over.
  boolean send(byte[] message, boolean end);

  /// No more messages come.
  void end();

  /// Gives up; nothing more is told.
  void cancel();
}
