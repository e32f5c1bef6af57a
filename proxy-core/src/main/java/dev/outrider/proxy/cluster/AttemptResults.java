package dev.outrider.proxy.cluster;

/// Told how attempts at one host went: what outlier detection lives on. Any thread.
public interface AttemptResults {
  /// Of whom nobody asks.
  AttemptResults IGNORED = new AttemptResults() {};

  /// The host has answered, by itself.
  ///
  /// @param status of HTTP; for gRPC the one that its status stands for, if it came with the head
  default void onResponse(int status) {}

  /// There is a connection for an attempt, of which the outcome is still to come.
  default void onConnected() {}

  /// There is a connection, and nothing more will be told.
  default void onConnectedOnly() {}

  /// There was no connection, or the attempt was reset from whatever side before it was over. Not
  /// for what a circuit breaker has kept back.
  default void onConnectFailed() {}

  /// The host did not connect or answer in time.
  ///
  /// @param status that the client is given; 0 = there is none
  default void onTimeout(int status) {}
}
