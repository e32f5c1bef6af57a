package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.tls.TlsInfo;
import org.jspecify.annotations.Nullable;

/// What is known about one downstream connection for its whole life.
///
/// @param id unique in the process
/// @param addresses between whom it runs
/// @param detected what its first bytes said
/// @param tls how it is secured; null = not at all
/// @param listener who accepted it
/// @param state what filters left for all streams of the connection; belongs to the connection's
///   loop
public record ConnectionInfo(
    long id,
    ConnectionAddresses addresses,
    Detected detected,
    @Nullable TlsInfo tls,
    ListenerInfo listener,
    FilterState state) {
  private static final HostPort NOWHERE = new HostPort("0.0.0.0", 0);

  /// Stands in until a connection is known.
  public static final ConnectionInfo NONE = new ConnectionInfo(0, NOWHERE, NOWHERE);

  /// A plain-text connection whose first bytes were looked at.
  public ConnectionInfo(
      long id,
      ConnectionAddresses addresses,
      Detected detected,
      ListenerInfo listener,
      FilterState state) {
    this(id, addresses, detected, null, listener, state);
  }

  /// A plain-text connection.
  public ConnectionInfo(long id, HostPort local, HostPort remote, ListenerInfo listener) {
    this(
        id,
        new ConnectionAddresses(local, remote),
        Detected.NOTHING,
        null,
        listener,
        new FilterState());
  }

  /// A plain-text connection of a listener that says nothing about itself.
  public ConnectionInfo(long id, HostPort local, HostPort remote) {
    this(id, local, remote, ListenerInfo.NONE);
  }

  /// Where the client connected to.
  public HostPort local() {
    return addresses.local();
  }

  /// The client: the peer of the socket, or whom a PROXY header names.
  public HostPort remote() {
    return addresses.remote();
  }

  /// The peer of the socket.
  public HostPort directRemote() {
    return addresses.directRemote();
  }

  /// The SNI in lower case; empty without one.
  public String serverName() {
    return tls != null && detected.serverName().isEmpty()
        ? tls.serverName()
        : detected.serverName();
  }

  /// The same connection when its handshake is done.
  public ConnectionInfo secured(TlsInfo info) {
    return new ConnectionInfo(id, addresses, detected, info, listener, state);
  }
}
