package dev.outrider.proxy.tls;

import dev.outrider.proxy.tls.TestCertificates.Pair;
import java.io.ByteArrayInputStream;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Java's own TLS for the other end of a test's connections.
public final class TestContexts {
  private TestContexts() {}

  /// A context that shows one certificate whoever is asked for, and believes everyone.
  ///
  /// @param shown null = no certificate
  public static SSLContext showing(@Nullable Pair shown) {
    try {
      var context = SSLContext.getInstance("TLS");
      var keys = shown == null ? null : new KeyManager[] {Pushy.of(shown)};
      context.init(keys, new TrustManager[] {new Credulous()}, null);
      return context;
    } catch (GeneralSecurityException failed) {
      throw new IllegalArgumentException(failed);
    }
  }

  private static final class Pushy extends X509ExtendedKeyManager {
    private static final String ALIAS = "own";

    private final X509Certificate[] chain;
    private final PrivateKey key;

    private Pushy(X509Certificate[] chain, PrivateKey key) {
      this.chain = chain;
      this.key = key;
    }

    static Pushy of(Pair pair) throws GeneralSecurityException {
      var chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pair.chain().bytes()))
              .toArray(X509Certificate[]::new);
      return new Pushy(chain, PrivateKeys.parse(pair.key(), null));
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return ALIAS;
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return type.startsWith(key.getAlgorithm()) ? ALIAS : null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return chain;
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[] {ALIAS};
    }
  }

  private static final class Credulous implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
