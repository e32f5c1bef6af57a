package dev.outrider.proxy.tls;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The server's end of a listener's connections. Shared by all workers; any thread.
public final class ServerTls extends TlsEnd {
  private volatile @Nullable ServerTlsSpec spec;

  /// Its secrets have not come.
  public ServerTls() {
    super(List.of());
  }

  public ServerTls(ServerTlsSpec spec, TlsContext first) {
    super(List.of(first));
    this.spec = spec;
  }

  /// What new connections are secured with from now on. Takes the context.
  public void rotate(ServerTlsSpec newSpec, TlsContext context) {
    spec = newSpec;
    replace(List.of(context));
  }

  /// What the context was made from; null as long as secrets are missing.
  public @Nullable ServerTlsSpec spec() {
    return spec;
  }

  /// A context to make a handler from, to be released behind that; null as long as its secrets are
  /// not there.
  public @Nullable TlsContext lease() {
    return lease(0);
  }
}
