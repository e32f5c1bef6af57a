package dev.outrider.proxy.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;

/// A context of Netty's with its native memory. It goes back when it was [#retire]d and the last
/// engine made from it has ended; only what never came to serve is left to be collected. Any
/// thread.
public final class TlsContext {
  private static final Cleaner CLEANER = Cleaner.create();

  private final SslContext ssl;
  private final Cleaner.Cleanable end;

  private final String ciphers;
  private final boolean clientOrder;
  private final boolean tickets;
  private final boolean verifies;
  private final List<ShownCertificate> shown;

  /// @param ciphers to be set of each engine; empty = those of the context
  /// @param clientOrder the client's preference of ciphers decides
  /// @param tickets false = none is given or taken
  TlsContext(
      SslContext ssl,
      List<KeyEntry> keys,
      TlsIdentity identity,
      String ciphers,
      boolean clientOrder,
      boolean tickets) {
    this.ssl = ssl;
    this.verifies = identity.refusesStrangers();
    this.shown = shown(keys, identity);
    this.ciphers = ciphers;
    this.clientOrder = clientOrder;
    this.tickets = tickets;
    this.end = CLEANER.register(this, new Release(ssl));
  }

  /// For making a handler, between [#tryRetain] and [#release].
  public SslContext ssl() {
    return ssl;
  }

  /// To be called with each engine made from [#ssl], before its handshake.
  public void prepare(SSLEngine engine) {
    if ((clientOrder || !tickets || !ciphers.isEmpty()) && engine instanceof ReferenceCounted) {
      BoringSsl.prepare(engine, ciphers, clientOrder, tickets);
    }
  }

  /// The peer host of an engine that is to be made for a server: for [SslContext#newEngine] and the
  /// like, with [#askFor].
  ///
  /// @param sni what it is asked for; empty = nothing
  /// @param required a name that its certificate must have, whatever else is configured; empty =
  ///   none
  public static String peerHost(String address, String sni, String required) {
    return new PeerName(address, sni, required).text();
  }

  /// Asks a server for a name, before the handshake; empty = for none.
  public void askFor(SSLEngine engine, String name) {
    if (name.isEmpty()) {
      return;
    }
    if (engine instanceof ReferenceCounted) {
      BoringSsl.askFor(engine, name);
    } else {
      var parameters = engine.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name.getBytes(StandardCharsets.US_ASCII))));
      engine.setSSLParameters(parameters);
    }
  }

  /// Whether a certificate that is not good ends the handshake.
  public boolean verifies() {
    return verifies;
  }

  /// What signs for peers, and our own certificates.
  List<ShownCertificate> shown() {
    return shown;
  }

  private static List<ShownCertificate> shown(List<KeyEntry> keys, TlsIdentity identity) {
    var all = new ArrayList<ShownCertificate>();
    var validation = identity.validation();
    if (validation != null) {
      validation.authorities().forEach(bundle -> all.add(ShownCertificate.trusted(bundle)));
    }
    for (var i = 0; i < keys.size(); i++) {
      all.add(ShownCertificate.own(identity.certificates().get(i).chain().origin(), keys.get(i)));
    }
    return List.copyOf(all);
  }

  /// False if it has gone back already.
  boolean tryRetain() {
    if (ssl instanceof ReferenceCounted counted) {
      try {
        counted.retain();
      } catch (IllegalReferenceCountException _) {
        return false;
      }
    }
    return true;
  }

  /// Ends a lease.
  public void release() {
    ReferenceCountUtil.release(ssl);
  }

  /// It is not to be used any more: another one takes its place, or it was never taken.
  public void retire() {
    end.clean();
  }

  private record Release(SslContext ssl) implements Runnable {
    @Override
    public void run() {
      ReferenceCountUtil.release(ssl);
    }
  }
}
