package dev.outrider.proxy.worker;

import dev.outrider.proxy.tls.TestCertificates.Pair;
import dev.outrider.proxy.tls.TestContexts;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
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
  public TlsClient(int port, @Nullable Pair shown) {
    this.port = port;
    this.context = TestContexts.showing(shown);
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
}
