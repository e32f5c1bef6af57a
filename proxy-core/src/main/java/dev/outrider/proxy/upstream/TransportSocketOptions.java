package dev.outrider.proxy.upstream;

import java.util.Locale;

/// What one attempt wants of the TLS of its connection, beyond what its cluster says (Envoy
/// `Network::TransportSocketOptions`). Connections are shared only among attempts that want the
/// same. Immutable; compared without regard to case, as names are.
///
/// @param serverName what the service is asked for; empty = what the cluster says
/// @param subjectAltName a name that its certificate must have; empty = whatever the cluster says
public record TransportSocketOptions(String serverName, String subjectAltName) {
  public static final TransportSocketOptions NONE = new TransportSocketOptions("", "");

  boolean isNone() {
    return serverName.isEmpty() && subjectAltName.isEmpty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TransportSocketOptions that
        && serverName.equalsIgnoreCase(that.serverName)
        && subjectAltName.equalsIgnoreCase(that.subjectAltName);
  }

  @Override
  public int hashCode() {
    return serverName.toLowerCase(Locale.ROOT).hashCode() * 31
        + subjectAltName.toLowerCase(Locale.ROOT).hashCode();
  }
}
