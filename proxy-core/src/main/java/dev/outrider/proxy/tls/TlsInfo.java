package dev.outrider.proxy.tls;

import dev.outrider.proxy.tls.PeerRefusedException.Reason;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// What is known about a secured connection once its handshake is done. What costs something is
/// worked out when somebody asks, and kept. Belongs to the connection's loop.
public final class TlsInfo {
  private final String version;
  private final String cipher;
  private final String group;
  private final String serverName;
  private final String alpn;
  private final boolean resumed;
  private final boolean verified;
  private final @Nullable Reason accepted;
  private final byte[] sessionId;
  private final List<X509Certificate> peerChain;
  private final List<X509Certificate> localChain;
  private @Nullable CertificateInfo peer;
  private @Nullable CertificateInfo local;
  private @Nullable String forwarded;

  private TlsInfo(SSLEngine engine, String askedName, boolean verified) {
    this.verified = verified;
    var session = engine.getSession();
    version = session.getProtocol();
    cipher = CipherNames.openSsl(session.getCipherSuite());
    var protocol = engine.getApplicationProtocol();
    alpn = protocol == null ? "" : protocol;
    var boring = OpenSsl.isAvailable() && engine instanceof ReferenceCountedOpenSslEngine;
    var asked = boring ? BoringSsl.askedName(engine) : requestedName(session);
    serverName = askedName.isEmpty() ? asked.toLowerCase(Locale.ROOT) : askedName;
    group = boring ? BoringSsl.group(engine) : "";
    resumed = boring && BoringSsl.resumed(engine);
    sessionId = session.getId();
    accepted =
        !resumed && session.getValue(PeerVerifier.ACCEPTED) instanceof Reason wrong ? wrong : null;
    peerChain = peerChain(session);
    localChain = certificates(session.getLocalCertificates());
  }

  /// What is wrong with the peer's certificate and was let pass; null if nothing.
  @Nullable Reason accepted() {
    return accepted;
  }

  /// Of an engine whose handshake has just ended, while it is open.
  ///
  /// @param askedName what we as a client have asked for; empty = the engine knows
  /// @param verified what the peer has shown was held against a validation that refuses
  public static TlsInfo of(SSLEngine engine, String askedName, boolean verified) {
    return new TlsInfo(engine, askedName, verified);
  }

  private static List<X509Certificate> peerChain(SSLSession session) {
    try {
      return certificates(session.getPeerCertificates());
    } catch (SSLPeerUnverifiedException _) {
      return List.of(); // it has shown none
    }
  }

  private static List<X509Certificate> certificates(Certificate @Nullable [] chain) {
    if (chain == null || chain.length == 0) {
      return List.of();
    }
    var found = new ArrayList<X509Certificate>(chain.length);
    for (var each : chain) {
      if (each instanceof X509Certificate x509) {
        found.add(x509);
      }
    }
    return found;
  }

  private static String requestedName(SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (var name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    }
    return "";
  }

  /// What the next hop is told about the peer; null until somebody has worked it out.
  public @Nullable String forwarded() {
    return forwarded;
  }

  /// Keeps what was worked out.
  public void forwarded(String text) {
    forwarded = text;
  }

  /// `TLSv1.3`.
  public String version() {
    return version;
  }

  /// In BoringSSL's spelling.
  public String cipher() {
    return cipher;
  }

  /// The key exchange, such as `X25519`; empty if it is not known.
  public String group() {
    return group;
  }

  /// The SNI, of a server in lower case, as the inspector of first bytes has it; empty if there was
  /// none.
  public String serverName() {
    return serverName;
  }

  /// Empty if none was agreed on.
  public String alpn() {
    return alpn;
  }

  /// Whether an earlier session was taken up.
  public boolean resumed() {
    return resumed;
  }

  /// Hexadecimal; empty if there is none.
  public String sessionId() {
    return HexFormat.of().formatHex(sessionId);
  }

  /// Whether the peer has shown a certificate that was found good.
  public boolean peerValidated() {
    return verified && !peerChain.isEmpty();
  }

  /// Null if the peer has shown none.
  public @Nullable CertificateInfo peer() {
    if (peer == null && !peerChain.isEmpty()) {
      peer = new CertificateInfo(peerChain);
    }
    return peer;
  }

  /// What we have shown; null if that was nothing.
  public @Nullable CertificateInfo local() {
    if (local == null && !localChain.isEmpty()) {
      local = new CertificateInfo(localChain);
    }
    return local;
  }
}
