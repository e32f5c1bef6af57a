package dev.outrider.proxy.downstream;

/// A connection of a client, as its [ServedChain] sees it.
interface ServedConnection {
  /// The chain has been retired: no new requests are wanted.
  void onDraining();

  /// Ends the connection if nothing runs on it.
  void closeIfIdle();

  /// Ends the connection and what runs on it.
  void closeNow();
}
