package dev.outrider.proxy.downstream.arrival;

import io.netty.buffer.ByteBuf;

/// A listener filter on one connection. Called on its loop.
public interface ArrivalFilter {
  /// Looks at the first bytes: all that has come and was not taken away by a filter before. At
  /// first there may be none. Borrowed: what is skipped, the filter takes away; all else is read
  /// without moving the reader index.
  Outcome look(Arrival arrival, ByteBuf bytes);

  /// What a filter wants.
  enum Outcome {
    /// More bytes.
    MORE,
    /// That the next filter looks.
    DONE,
    /// That the connection is closed.
    CLOSE
  }
}
