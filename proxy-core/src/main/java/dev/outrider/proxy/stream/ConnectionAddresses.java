package dev.outrider.proxy.stream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.ProxyTlv;
import java.util.List;

/// Between whom a downstream connection runs.
///
/// @param local where the client connected to: the address of the socket, or what a listener filter
///   found to be meant
/// @param remote the client: the peer of the socket, or whom a PROXY header names
/// @param directRemote the peer of the socket
/// @param localRestored `local` is not the address of the socket
/// @param tlvs what a PROXY header said beside the addresses, as far as it is to go on
public record ConnectionAddresses(
    HostPort local,
    HostPort remote,
    HostPort directRemote,
    boolean localRestored,
    List<ProxyTlv> tlvs) {

  public ConnectionAddresses {
    tlvs = List.copyOf(tlvs);
  }

  /// Of which nothing else was said.
  public ConnectionAddresses(
      HostPort local, HostPort remote, HostPort directRemote, boolean localRestored) {
    this(local, remote, directRemote, localRestored, List.of());
  }

  /// Not redirected.
  public ConnectionAddresses(HostPort local, HostPort remote, HostPort directRemote) {
    this(local, remote, directRemote, false);
  }

  /// Without anybody between.
  public ConnectionAddresses(HostPort local, HostPort remote) {
    this(local, remote, remote);
  }
}
