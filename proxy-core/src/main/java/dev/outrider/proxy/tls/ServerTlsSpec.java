package dev.outrider.proxy.tls;

import java.util.List;

/// The server's end (Envoy `tls.v3.DownstreamTlsContext`).
///
/// @param requireClientCertificate a client without one is refused
/// @param fullScan a client that asks for a name that fits no certificate may be shown any that its
///   algorithms allow, not only the first
/// @param ticketKeys 80 bytes each, the first one encrypts; empty = keys of the context's own
/// @param tickets sessions are resumed without state on this side
/// @param sessionCache sessions are resumed from memory
/// @param sessionTimeoutSeconds 0 = BoringSSL's two hours
/// @param clientCipherOrder the client's preference decides
public record ServerTlsSpec(
    TlsIdentity identity,
    boolean requireClientCertificate,
    boolean fullScan,
    List<SecretBytes> ticketKeys,
    boolean tickets,
    boolean sessionCache,
    long sessionTimeoutSeconds,
    boolean clientCipherOrder) {

  public ServerTlsSpec {
    ticketKeys = List.copyOf(ticketKeys);
  }

  /// With Envoy's defaults.
  public static ServerTlsSpec of(TlsIdentity identity, boolean requireClientCertificate) {
    return new ServerTlsSpec(
        identity, requireClientCertificate, false, List.of(), true, true, 0, false);
  }
}
