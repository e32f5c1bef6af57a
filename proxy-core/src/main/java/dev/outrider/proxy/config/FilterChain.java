package dev.outrider.proxy.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The network filters of a connection (Envoy `config.listener.v3.FilterChain`). A connection pins
/// the chain it was accepted with.
///
/// @param name empty unless configured
/// @param filters in configured order; the last one is terminal if and only if `http` is null
/// @param http the HTTP connection manager that the chain ends in
public record FilterChain(
    String name, List<NetworkFilterEntry> filters, @Nullable HttpConnectionManagerConfig http) {

  public FilterChain {
    filters = List.copyOf(filters);
  }

  /// A chain that is one connection manager.
  public FilterChain(String name, HttpConnectionManagerConfig http) {
    this(name, List.of(), http);
  }
}
