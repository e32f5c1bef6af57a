package dev.outrider.proxy.http;

import org.jspecify.annotations.Nullable;

/// Removes from a head what belongs to one connection only: RFC 9110 7.6.1. To be called once per
/// head, between the codec and everything else, whatever the protocol version.
public final class HopByHop {
  private HopByHop() {}

  /// Removes `connection` and what it names, `keep-alive`, `proxy-connection`, `transfer-encoding`,
  /// `upgrade` (unless `keepUpgrade`), and reduces `te` to `trailers`. Returns why the request must
  /// be refused, or null.
  public static @Nullable MessageError request(HeaderMap head, boolean keepUpgrade) {
    throw new UnsupportedOperationException("lands next");
  }

  /// The same for a response. Unlike Envoy it also removes what `connection` names.
  public static void response(HeaderMap head, boolean keepUpgrade) {
    throw new UnsupportedOperationException("lands next");
  }
}
