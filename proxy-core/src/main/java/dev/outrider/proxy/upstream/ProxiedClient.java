package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.ProxyTlv;
import dev.outrider.proxy.stream.ConnectionAddresses;
import java.util.List;

/// On whose behalf a connection to a service is made, for its PROXY header. Two are the same if
/// their addresses are, as in Envoy, whatever else was said about them.
///
/// @param tlvs with which the client's connection began
public record ProxiedClient(HostPort source, HostPort destination, List<ProxyTlv> tlvs) {

  /// Whoever is at the other end of a downstream connection.
  public static ProxiedClient of(ConnectionAddresses addresses) {
    return new ProxiedClient(addresses.remote(), addresses.local(), addresses.tlvs());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ProxiedClient that
        && source.equals(that.source)
        && destination.equals(that.destination);
  }

  @Override
  public int hashCode() {
    return 31 * source.hashCode() + destination.hashCode();
  }
}
