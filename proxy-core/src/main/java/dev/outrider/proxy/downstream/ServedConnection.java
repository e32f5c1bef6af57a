package dev.outrider.proxy.downstream;

/// A connection of a client, as its [ServedChain] sees it.
interface ServedConnection {
  /// Ends the connection if nothing runs on it.
  void closeIfIdle();

  /// Ends the connection and what runs on it.
  void closeNow();
}
