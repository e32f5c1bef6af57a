package dev.outrider.proxy.downstream;

import dev.outrider.proxy.overload.TimeoutScaling;

/// A connection of a client, as its [ServedChain] sees it.
interface ServedConnection {
  /// The process ends, and the connection with its next answer. One that can tell its client so
  /// does it now.
  default void onProcessEnds() {
    closeIfIdle();
  }

  /// Timeouts count otherwise from now on: those of the connection that run are moved, those of its
  /// streams and of a handshake count as they began.
  default void onTimeoutsScaled(TimeoutScaling before, TimeoutScaling after) {}

  /// Ends the connection if nothing runs on it.
  void closeIfIdle();

  /// Ends the connection and what runs on it.
  void closeNow();
}
