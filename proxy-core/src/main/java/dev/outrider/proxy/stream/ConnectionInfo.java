package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.HostPort;

/// What is known about one downstream connection for its whole life.
///
/// @param id unique in the process
/// @param local where the client connected to
/// @param directRemote the peer of the socket
/// @param serverName the SNI; empty without TLS
/// @param state what filters left for all streams of the connection; belongs to the connection's
///   loop
public record ConnectionInfo(
    long id, HostPort local, HostPort directRemote, String serverName, FilterState state) {
  private static final HostPort NOWHERE = new HostPort("0.0.0.0", 0);

  /// Stands in until a connection is known.
  public static final ConnectionInfo NONE =
      new ConnectionInfo(0, NOWHERE, NOWHERE, "", new FilterState());

  /// A plain-text connection.
  public ConnectionInfo(long id, HostPort local, HostPort directRemote) {
    this(id, local, directRemote, "", new FilterState());
  }
}
