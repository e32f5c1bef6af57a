package dev.outrider.proxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Chooses which of our certificates a peer is shown. A server goes by the name it was asked for:
/// the exact one, then one with a wildcard for the first label, then the first certificate; of
/// those that fit equally, an elliptic one for a peer that understands it. Immutable; any thread.
final class KeyChoice extends X509ExtendedKeyManager {
  private static final String ELLIPTIC = "EC";

  private final List<KeyEntry> entries;
  private final Map<String, KeyEntry> byAlias = new HashMap<>();
  private final boolean fullScan;

  /// @param entries at least one
  /// @param fullScan a name that fits none is treated as no name
  KeyChoice(List<KeyEntry> entries, boolean fullScan) {
    this.entries = List.copyOf(entries);
    this.fullScan = fullScan;
    entries.forEach(entry -> byAlias.put(entry.alias(), entry));
  }

  List<KeyEntry> entries() {
    return entries;
  }

  /// Asked once for each kind of key that the client's ciphers and signatures allow; the first
  /// answer that is not null counts.
  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    var session = engine.getHandshakeSession();
    var elliptic = keyType.startsWith(ELLIPTIC);
    if (session instanceof ExtendedSSLSession extended) {
      var best = best(name(engine, extended), acceptsElliptic(extended));
      return best != null && best.elliptic() == elliptic ? best.alias() : null;
    }
    for (var entry : entries) {
      if (entry.elliptic() == elliptic) {
        return entry.alias();
      }
    }
    return null;
  }

  private @Nullable KeyEntry best(String name, boolean acceptsElliptic) {
    var exact = choose(name, acceptsElliptic);
    if (exact != null) {
      return exact;
    }
    var dot = name.indexOf('.');
    var wild = dot > 0 ? choose("*" + name.substring(dot), acceptsElliptic) : null;
    if (wild != null) {
      return wild;
    }
    return name.isEmpty() || fullScan ? choose("", acceptsElliptic) : entries.getFirst();
  }

  /// @param name empty = all fit
  private @Nullable KeyEntry choose(String name, boolean acceptsElliptic) {
    KeyEntry rsa = null;
    for (var entry : entries) {
      if (name.isEmpty() || entry.names().contains(name)) {
        if (!entry.elliptic()) {
          rsa = rsa == null ? entry : rsa;
        } else if (acceptsElliptic) {
          return entry;
        }
      }
    }
    return rsa;
  }

  private static String name(SSLEngine engine, ExtendedSSLSession session) {
    if (engine instanceof ReferenceCountedOpenSslEngine) {
      return BoringSsl.askedName(engine).toLowerCase(Locale.ROOT);
    }
    for (var name : session.getRequestedServerNames()) {
      if (name instanceof SNIHostName host) {
        return host.getAsciiName().toLowerCase(Locale.ROOT);
      }
    }
    return "";
  }

  private static boolean acceptsElliptic(ExtendedSSLSession session) {
    var algorithms = session.getPeerSupportedSignatureAlgorithms();
    for (var algorithm : algorithms) {
      if (algorithm.endsWith("ECDSA")) {
        return true;
      }
    }
    return algorithms.length == 0;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    return entries.getFirst().alias();
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    var entry = byAlias.get(alias);
    return entry == null ? null : entry.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    var entry = byAlias.get(alias);
    return entry == null ? null : entry.key();
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return byAlias.keySet().toArray(String[]::new);
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return byAlias.keySet().toArray(String[]::new);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    throw new UnsupportedOperationException("engines only");
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    throw new UnsupportedOperationException("engines only");
  }
}
