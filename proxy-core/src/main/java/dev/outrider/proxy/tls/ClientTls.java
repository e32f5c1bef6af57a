package dev.outrider.proxy.tls;

import dev.outrider.proxy.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/// The client's end of a cluster's connections: the contexts that new ones get. What is offered by
/// ALPN is configured, or follows from what is to be spoken. Shared by all loops; any thread.
public final class ClientTls {
  private final ClientTlsSpec spec;
  private final TlsContext http1;
  private final TlsContext http2;
  private final TlsContext bytes;

  /// @param bytes for what is carried without being looked at
  public ClientTls(ClientTlsSpec spec, TlsContext http1, TlsContext http2, TlsContext bytes) {
    this.spec = spec;
    this.bytes = bytes;
    this.http1 = http1;
    this.http2 = http2;
  }

  public ClientTlsSpec spec() {
    return spec;
  }

  /// A context to make a handler from, to be released behind that; null as long as its secrets are
  /// not there.
  ///
  /// @param version null = bytes, for which no protocol is offered but what is configured
  public @Nullable TlsContext lease(@Nullable HttpVersion version) {
    var context =
        switch (version) {
          case null -> bytes;
          case HTTP1 -> http1;
          case HTTP2 -> http2;
        };
    return context.tryRetain() ? context : null;
  }
}
