package dev.outrider.proxy.tls;

/// The client's end (Envoy `tls.v3.UpstreamTlsContext`).
///
/// @param sni the server's name; empty = none is sent
/// @param hostSni the endpoint's name is asked for instead, where it has one
/// @param nameIsSni the server must have the DNS name that it was asked for
/// @param sessionResumption sessions are kept for the next connection
public record ClientTlsSpec(
    TlsIdentity identity,
    String sni,
    boolean hostSni,
    boolean nameIsSni,
    boolean sessionResumption) {}
