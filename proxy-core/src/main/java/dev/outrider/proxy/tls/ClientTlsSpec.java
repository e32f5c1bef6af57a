package dev.outrider.proxy.tls;

/// The client's end (Envoy `tls.v3.UpstreamTlsContext`).
///
/// @param sni the server's name; empty = none is sent
/// @param autoHostSni the endpoint's name is sent where it has one
/// @param nameIsSni the server must have the DNS name that it was asked for
/// @param sessionResumption sessions are kept for the next connection
public record ClientTlsSpec(
    TlsIdentity identity,
    String sni,
    boolean autoHostSni,
    boolean nameIsSni,
    boolean sessionResumption) {}
