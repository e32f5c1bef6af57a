package dev.outrider.proxy.upstream;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What one attempt wants of its connection, beyond what its cluster says (Envoy
/// `Network::TransportSocketOptions`). Connections are shared only among attempts that want the
/// same. Immutable; compared without regard to case, as names are.
///
/// @param serverName what the service is asked for; empty = what the cluster says
/// @param subjectAltName a name that its certificate must have; empty = whatever the cluster says
/// @param client whom a PROXY header is to name; null = nobody
/// @param clientConnection with the attempts of which downstream connection alone it may be shared;
///   0 = with all
public record TransportSocketOptions(
    String serverName,
    String subjectAltName,
    @Nullable ProxiedClient client,
    long clientConnection) {
  public static final TransportSocketOptions NONE = new TransportSocketOptions("", "");

  /// Of TLS alone.
  public TransportSocketOptions(String serverName, String subjectAltName) {
    this(serverName, subjectAltName, null, 0);
  }

  /// The same on somebody's behalf.
  public TransportSocketOptions onBehalfOf(@Nullable ProxiedClient newClient) {
    return Objects.equals(client, newClient)
        ? this
        : new TransportSocketOptions(serverName, subjectAltName, newClient, clientConnection);
  }

  /// The same for one downstream connection alone; 0 = for all.
  public TransportSocketOptions apart(long newClientConnection) {
    return clientConnection == newClientConnection
        ? this
        : new TransportSocketOptions(serverName, subjectAltName, client, newClientConnection);
  }

  boolean isNone() {
    return serverName.isEmpty()
        && subjectAltName.isEmpty()
        && client == null
        && clientConnection == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TransportSocketOptions that
        && serverName.equalsIgnoreCase(that.serverName)
        && subjectAltName.equalsIgnoreCase(that.subjectAltName)
        && Objects.equals(client, that.client)
        && clientConnection == that.clientConnection;
  }

  @Override
  public int hashCode() {
    return serverName.toLowerCase(Locale.ROOT).hashCode() * 31
        + subjectAltName.toLowerCase(Locale.ROOT).hashCode()
        + 17 * Objects.hashCode(client)
        + Long.hashCode(clientConnection);
  }
}
