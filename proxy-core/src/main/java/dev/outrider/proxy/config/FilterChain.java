package dev.outrider.proxy.config;

/// The network filters of a connection (Envoy `config.listener.v3.FilterChain`): today always one
/// HTTP connection manager. A connection pins the chain it was accepted with.
///
/// @param name empty unless configured
public record FilterChain(String name, HttpConnectionManagerConfig http) {}
