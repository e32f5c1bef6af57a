package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.TlvChoice;
import org.jspecify.annotations.Nullable;

/// A listener filter as configured: what is done with a connection before its filter chain is
/// chosen.
public sealed interface ListenerFilter {

  /// Tells TLS from plain text and reads SNI and ALPN from the ClientHello (Envoy
  /// `tls_inspector.v3.TlsInspector`).
  ///
  /// @param tlsOnly connections that do not begin with a good ClientHello are closed
  record TlsInspector(boolean tlsOnly) implements ListenerFilter {}

  /// Tells versions of HTTP from each other and from the rest (Envoy
  /// `http_inspector.v3.HttpInspector`).
  record HttpInspector() implements ListenerFilter {}

  /// Takes the addresses of a PROXY header, and the header away (Envoy
  /// `proxy_protocol.v3.ProxyProtocol`).
  ///
  /// @param optional connections without the header pass
  /// @param v1 the text form is looked for
  /// @param v2 the binary form is looked for
  /// @param passed what the header says beside the addresses that is kept for services
  /// @param statPrefix empty unless configured
  record ProxyProtocol(
      boolean optional, boolean v1, boolean v2, TlvChoice passed, String statPrefix)
      implements ListenerFilter {}

  /// Finds where a redirected connection was to go (Envoy `original_dst.v3.OriginalDst`).
  record OriginalDst() implements ListenerFilter {}

  /// One whose configuration comes by itself (Envoy `core.v3.ExtensionConfigSource`).
  ///
  /// @param handle by which workers know the configuration, which is none of this kind
  /// @param fallback as long as there is none; null = connections are closed
  record Discovered(String handle, @Nullable ListenerFilter fallback) implements ListenerFilter {}
}
