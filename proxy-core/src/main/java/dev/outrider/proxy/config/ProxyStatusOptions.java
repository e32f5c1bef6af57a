package dev.outrider.proxy.config;

/// What a response says in `proxy-status` (RFC 9209; Envoy `ProxyStatusConfig`).
///
/// @param name of the proxy
/// @param details what the access log calls response code details
/// @param terminationDetails beside them, why the client's connection ended
/// @param flags beside them, the response flags
/// @param recommendedCode the status that the RFC recommends takes the place of the response's
public record ProxyStatusOptions(
    String name,
    boolean details,
    boolean terminationDetails,
    boolean flags,
    boolean recommendedCode) {}
