package dev.outrider.proxy.downstream;

/// A connection of a client, as its [ServedChain] sees it.
interface ServedConnection {
  /// The process ends, and the connection with its next answer. One that can tell its client so
  /// does it now.
  default void onProcessEnds() {
    closeIfIdle();
  }

  /// Ends the connection if nothing runs on it.
  void closeIfIdle();

  /// Ends the connection and what runs on it.
  void closeNow();
}
