/// Transport layer security: what a context is made of (records), contexts made from it, and the
/// verification of peers. Certificates and keys come as bytes; who reads files is above.
///
/// May use the floor of `loop` and `metrics`, and Netty's `handler.ssl`; no channel and no buffer:
/// the edges put the handler into their pipelines. BoringSSL does the work where its library loads,
/// else the JDK. Contexts are made off the loops, are shared by all of them, and go back when
/// others take their place ([TlsEnd]).
///
/// Read [ServerTls] first, then [TlsContexts] and [PeerVerifier].
@NullMarked
package dev.outrider.proxy.tls;

import org.jspecify.annotations.NullMarked;
