package dev.outrider.proxy.tls;

import dev.outrider.proxy.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The client's end of a cluster's connections. What is offered by ALPN is configured, or follows
/// from what is to be spoken. Shared by all loops; any thread.
public final class ClientTls extends TlsEnd {
  private static final int HTTP1 = 0;
  private static final int HTTP2 = 1;
  private static final int BYTES = 2;
  private static final int EITHER = 3;

  private final String sni;
  private final boolean hostSni;
  private final boolean negotiated;
  private volatile @Nullable ClientTlsSpec spec;

  /// Its secrets have not come.
  ///
  /// @param sni the server's name; empty = none is sent
  /// @param hostSni the endpoint's name is asked for instead, where it has one
  /// @param negotiated which version of HTTP is spoken is for the service to choose
  public ClientTls(String sni, boolean hostSni, boolean negotiated) {
    super(List.of());
    this.sni = sni;
    this.hostSni = hostSni;
    this.negotiated = negotiated;
  }

  /// That offers what is to be spoken.
  public ClientTls(String sni, boolean hostSni) {
    this(sni, hostSni, false);
  }

  public ClientTls(ClientTlsSpec spec) {
    this(spec.sni(), spec.hostSni());
    rotate(spec, contexts(spec));
  }

  /// The contexts for one spec. Takes milliseconds and native memory: not for a loop.
  public static List<TlsContext> contexts(ClientTlsSpec spec) {
    return List.of(
        TlsContexts.client(spec, List.of("http/1.1")),
        TlsContexts.client(spec, List.of("h2")),
        TlsContexts.client(spec, List.of()));
  }

  /// As [#contexts(ClientTlsSpec)], for what is [#negotiated] with one that offers both versions.
  public static List<TlsContext> contexts(ClientTlsSpec spec, boolean negotiated) {
    if (!negotiated) {
      return contexts(spec);
    }
    var all = new ArrayList<>(contexts(spec));
    all.add(TlsContexts.client(spec, List.of("h2", "http/1.1")));
    return List.copyOf(all);
  }

  /// Whether there is a context that offers both versions.
  public boolean negotiated() {
    return negotiated;
  }

  /// As [#lease(HttpVersion)], one that offers both versions; only if it is [#negotiated].
  public @Nullable TlsContext leaseEither() {
    return lease(EITHER);
  }

  /// What new connections are secured with from now on. Takes the contexts.
  ///
  /// @param all as [#contexts(ClientTlsSpec)] makes them
  public void rotate(ClientTlsSpec newSpec, List<TlsContext> all) {
    spec = newSpec;
    replace(all);
  }

  /// What an endpoint is asked for where the attempt has no wish of its own; empty = nothing.
  ///
  /// @param hostname of the endpoint; empty if it has none
  public String sni(String hostname) {
    return hostSni && !hostname.isEmpty() ? hostname : sni;
  }

  /// What the contexts were made from; null as long as secrets are missing.
  public @Nullable ClientTlsSpec spec() {
    return spec;
  }

  /// A context to make a handler from, to be released behind that; null as long as its secrets are
  /// not there.
  ///
  /// @param version null = bytes, for which no protocol is offered but what is configured
  public @Nullable TlsContext lease(@Nullable HttpVersion version) {
    return lease(
        switch (version) {
          case null -> BYTES;
          case HTTP1 -> HTTP1;
          case HTTP2 -> HTTP2;
        });
  }
}
