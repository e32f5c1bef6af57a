package dev.outrider.proxy.config;

import dev.outrider.proxy.listener.ChainMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The network filters of a connection (Envoy `config.listener.v3.FilterChain`). A connection pins
/// the chain it was accepted with.
///
/// @param name empty unless configured
/// @param match which connections it is for
/// @param filters in configured order; the last one is terminal if and only if `http` is null
/// @param http the HTTP connection manager that the chain ends in
/// @param tls what its connections are secured with; null = plain text
public record FilterChain(
    String name,
    ChainMatch match,
    List<NetworkFilterEntry> filters,
    @Nullable HttpConnectionManagerConfig http,
    @Nullable DownstreamTls tls) {

  public FilterChain {
    filters = List.copyOf(filters);
  }

  /// A chain in plain text.
  public FilterChain(
      String name,
      ChainMatch match,
      List<NetworkFilterEntry> filters,
      @Nullable HttpConnectionManagerConfig http) {
    this(name, match, filters, http, null);
  }

  /// A chain for every connection, in plain text.
  public FilterChain(
      String name, List<NetworkFilterEntry> filters, @Nullable HttpConnectionManagerConfig http) {
    this(name, ChainMatch.ANY, filters, http, null);
  }

  /// A chain for every connection that is one connection manager.
  public FilterChain(String name, HttpConnectionManagerConfig http) {
    this(name, List.of(), http);
  }
}
