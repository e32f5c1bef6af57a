package dev.outrider.proxy.tls;

import org.jspecify.annotations.Nullable;

/// The server's end of a listener's connections: the context that new ones get, which rotates under
/// it. Shared by all workers; any thread.
public final class ServerTls {
  private final ServerTlsSpec spec;
  private volatile @Nullable TlsContext current;

  public ServerTls(ServerTlsSpec spec, TlsContext first) {
    this.spec = spec;
    this.current = first;
  }

  public ServerTlsSpec spec() {
    return spec;
  }

  /// A context to make a handler from, to be released behind that; null as long as its secrets are
  /// not there.
  public @Nullable TlsContext lease() {
    for (var context = current; context != null; context = current) {
      if (context.tryRetain()) {
        return context;
      }
    }
    return null;
  }
}
