package dev.outrider.proxy.cluster;

import java.util.ArrayList;
import java.util.List;

/// How connections to an endpoint are made.
///
/// @param furtherAddresses tried behind the endpoint's own address
/// @param socketMatch index of the [SocketMatch] of its cluster; [#DEFAULT_SOCKET] = the cluster's
///   own transport socket
/// @param tlvs what it wants said in the PROXY headers of its connections
public record EndpointAccess(
    List<HostPort> furtherAddresses, int socketMatch, List<ProxyTlv> tlvs) {
  public static final int DEFAULT_SOCKET = -1;
  public static final EndpointAccess DEFAULT =
      new EndpointAccess(List.of(), DEFAULT_SOCKET, List.of());

  public EndpointAccess {
    furtherAddresses = List.copyOf(furtherAddresses);
    tlvs = List.copyOf(tlvs);
  }

  /// Most endpoints have nothing further, and share that.
  public static EndpointAccess of(List<HostPort> furtherAddresses) {
    return furtherAddresses.isEmpty()
        ? DEFAULT
        : new EndpointAccess(furtherAddresses, DEFAULT_SOCKET, List.of());
  }

  /// The same with something to be said.
  public EndpointAccess saying(List<ProxyTlv> newTlvs) {
    return newTlvs.equals(tlvs) ? this : new EndpointAccess(furtherAddresses, socketMatch, newTlvs);
  }

  /// All of them.
  ///
  /// @param own the endpoint's own address
  public List<HostPort> addresses(HostPort own) {
    var all = new ArrayList<HostPort>(furtherAddresses.size() + 1);
    all.add(own);
    all.addAll(furtherAddresses);
    return all;
  }

  /// The same by another transport socket.
  public EndpointAccess by(int newSocketMatch) {
    return newSocketMatch == socketMatch
        ? this
        : new EndpointAccess(furtherAddresses, newSocketMatch, tlvs);
  }
}
