package dev.outrider.proxy.tls;

import org.jspecify.annotations.Nullable;

/// Whom a client's engine talks to, as the engine's peer host: nothing else reaches the verifier,
/// and sessions are kept under it, so that one with a server of another name is not resumed. What
/// is asked for by SNI is said to the engine apart ([TlsContext#askFor]).
///
/// @param address of the server
/// @param sni what it is asked for; empty = nothing
/// @param required a name that its certificate must have; empty = any
record PeerName(String address, String sni, String required) {
  private static final PeerName UNKNOWN = new PeerName("", "", "");

  /// A byte that is in no name.
  private static final char BETWEEN = '\n';

  /// No engine takes a name with a dot at its end for one to ask for.
  private static final String NO_SNI = ".";

  String text() {
    return address + BETWEEN + sni + BETWEEN + required + NO_SNI;
  }

  /// @param peerHost as [#text] made it; anything else says nothing about the server
  static PeerName of(@Nullable String peerHost) {
    var first = peerHost == null ? -1 : peerHost.indexOf(BETWEEN);
    if (peerHost == null || first < 0) {
      return UNKNOWN;
    }
    var second = peerHost.indexOf(BETWEEN, first + 1);
    return new PeerName(
        peerHost.substring(0, first),
        peerHost.substring(first + 1, second),
        peerHost.substring(second + 1, peerHost.length() - NO_SNI.length()));
  }
}
