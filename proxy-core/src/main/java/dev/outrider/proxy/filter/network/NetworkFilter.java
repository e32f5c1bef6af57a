package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.http.BodyBuffer;

/// One network filter on one connection of a client. Called on the connection's loop; what a status
/// does is in the package's table. A buffer is borrowed during the call; a filter may edit it, and
/// what it polls out of it, it owns.
///
/// Only a terminal filter takes bytes out of the chain: it answers [NetworkStatus#STOP] to
/// everything and sends by [NetworkHandle#write].
public interface NetworkFilter {
  /// The connection is there. Comes once, right before the filter's first bytes at the latest.
  default NetworkStatus onNewConnection() {
    return NetworkStatus.CONTINUE;
  }

  /// The client has sent something.
  ///
  /// @param data all that has not gone on yet, what an earlier event left included
  /// @param end the client sends nothing more; the last such event
  default NetworkStatus onData(BodyBuffer data, boolean end) {
    return NetworkStatus.CONTINUE;
  }

  /// Something is to be sent to the client. Not to be answered by [NetworkHandle#write].
  ///
  /// @param data all that has not gone on yet, what an earlier event left included
  /// @param end nothing more will be sent
  default NetworkStatus onWrite(BodyBuffer data, boolean end) {
    return NetworkStatus.CONTINUE;
  }

  /// The client takes no more for now, or takes more again.
  default void onWritable(boolean writable) {}

  /// The connection is over; comes exactly once, also to a filter that was never told of the
  /// connection. The [NetworkHandle] still reads, but its effects do nothing any more. Here a
  /// filter gives back what it holds.
  default void onClose(ConnectionEnd how) {}
}
