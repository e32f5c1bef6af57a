package dev.outrider.proxy.worker;

import dev.outrider.proxy.tls.TestCertificates.Pair;
import dev.outrider.proxy.tls.TestKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// A client of the JDK's TLS that believes every server: what it shows and asks for is the test's.
/// Its context lives on, so that the next connection may resume.
public final class TlsClient {
  private final SSLContext context;
  private final int port;
  private String sni = "";
  private String[] alpn = {};
  private String[] protocols = {"TLSv1.3"};

  /// @param shown null = no certificate of its own
  public TlsClient(int port, @Nullable Pair shown) throws Exception {
    this.port = port;
    this.context = SSLContext.getInstance("TLS");
    context.init(shown == null ? null : keys(shown), new TrustManager[] {new Credulous()}, null);
  }

  public TlsClient sni(String name) {
    sni = name;
    return this;
  }

  public TlsClient alpn(String... names) {
    alpn = names;
    return this;
  }

  public TlsClient versions(String... names) {
    protocols = names;
    return this;
  }

  /// Connected and through the handshake.
  public SSLSocket connect() throws IOException {
    var socket =
        (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(10_000);
    var parameters = socket.getSSLParameters();
    parameters.setProtocols(protocols);
    parameters.setApplicationProtocols(alpn);
    if (!sni.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(sni)));
    }
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  /// One GET, the connection ending behind it.
  public String get(String path) throws IOException {
    try (var socket = connect()) {
      return get(socket, path);
    }
  }

  public static String get(SSLSocket socket, String path) throws IOException {
    socket
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private static KeyManager[] keys(Pair pair) throws Exception {
    var chain =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pair.chain().bytes()))
            .toArray(X509Certificate[]::new);
    return new KeyManager[] {new Pushy(chain, TestKeys.parse(pair.key()))};
  }

  /// Shows its certificate whoever is asked for.
  private static final class Pushy extends X509ExtendedKeyManager {
    private final X509Certificate[] chain;
    private final PrivateKey key;

    Pushy(X509Certificate[] chain, PrivateKey key) {
      this.chain = chain;
      this.key = key;
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return "own";
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
      return new String[] {"own"};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }
  }

  /// Believes everyone.
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
