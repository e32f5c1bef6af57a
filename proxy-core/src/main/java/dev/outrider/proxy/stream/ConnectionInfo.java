package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.HostPort;

/// What is known about one downstream connection for its whole life.
///
/// @param id unique in the process
/// @param local where the client connected to
/// @param directRemote the peer of the socket
/// @param serverName the SNI; empty without TLS
/// @param listener who accepted it
/// @param state what filters left for all streams of the connection; belongs to the connection's
///   loop
public record ConnectionInfo(
    long id,
    HostPort local,
    HostPort directRemote,
    String serverName,
    ListenerInfo listener,
    FilterState state) {
  private static final HostPort NOWHERE = new HostPort("0.0.0.0", 0);

  /// Stands in until a connection is known.
  public static final ConnectionInfo NONE = new ConnectionInfo(0, NOWHERE, NOWHERE);

  /// A plain-text connection.
  public ConnectionInfo(long id, HostPort local, HostPort directRemote, ListenerInfo listener) {
    this(id, local, directRemote, "", listener, new FilterState());
  }

  /// A plain-text connection of a listener that says nothing about itself.
  public ConnectionInfo(long id, HostPort local, HostPort directRemote) {
    this(id, local, directRemote, ListenerInfo.NONE);
  }
}
