package dev.outrider.proxy.differential;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.StandardConstants;
import org.jspecify.annotations.Nullable;

/// How one end of a connection does TLS, with Java's own implementation. It takes any certificate
/// of the other: what counts is which one that is.
///
/// @param server whether it is the end that answers: the service's
/// @param certificate its name among the [Certificates]; empty: none
/// @param asks whether a service asks for the proxy's certificate
/// @param resumes whether it offers the session of the case's connection before
/// @param protocols as `TLSv1.3`; empty: Java's own choice, as with ciphers and groups
record TlsEnd(
    boolean server,
    String certificate,
    boolean asks,
    boolean resumes,
    String sni,
    List<String> alpn,
    List<String> protocols,
    List<String> ciphers,
    List<String> groups) {
  private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

  /// Null without a mapping: plain text.
  static @Nullable TlsEnd read(boolean server, @Nullable Object node, String place) {
    if (node == null || node.equals("none")) {
      return null;
    }
    var fields = Fields.of(node, place);
    var read =
        new TlsEnd(
            server,
            fields.text("certificate", server ? "up" : ""),
            fields.flag("asks"),
            fields.flag("resumes"),
            fields.text("sni", ""),
            texts(fields, "alpn"),
            texts(fields, "protocols"),
            texts(fields, "ciphers"),
            texts(fields, "groups"));
    fields.done();
    return read;
  }

  private static List<String> texts(Fields fields, String key) {
    return fields.list(key).stream().map(Object::toString).toList();
  }

  /// A socket over another, before its handshake.
  SSLSocket over(Socket socket, SSLContext context) throws IOException {
    var factory = context.getSocketFactory();
    var secure = (SSLSocket) factory.createSocket(socket, "proxy", socket.getPort(), true);
    secure.setUseClientMode(!server);
    var parameters = secure.getSSLParameters();
    parameters.setWantClientAuth(asks);
    configure(parameters);
    secure.setSSLParameters(parameters);
    return secure;
  }

  private void configure(SSLParameters parameters) {
    parameters.setServerNames(sni.isEmpty() ? List.of() : List.of(new AnyName(sni)));
    parameters.setApplicationProtocols(alpn.toArray(String[]::new));
    if (!protocols.isEmpty()) {
      parameters.setProtocols(protocols.toArray(String[]::new));
    }
    if (!ciphers.isEmpty()) {
      parameters.setCipherSuites(ciphers.toArray(String[]::new));
    }
    if (!groups.isEmpty()) {
      parameters.setNamedGroups(groups.toArray(String[]::new));
    }
  }

  /// What came of a handshake, as `TLSv1.3 TLS_AES_128_GCM_SHA256 alpn=h2 peer=CN=a`; at the end
  /// that answers also the name it was asked for, as ` sni=a.test`.
  String agreed(SSLSocket socket) {
    var session = socket.getSession();
    var alpn = socket.getApplicationProtocol();
    return "%s %s alpn=%s peer=%s%s"
        .formatted(
            session.getProtocol(),
            session.getCipherSuite(),
            alpn == null || alpn.isEmpty() ? "-" : alpn,
            peer(session),
            server ? " sni=" + asked(session) : "");
  }

  private static String asked(SSLSession session) {
    var names = ((ExtendedSSLSession) session).getRequestedServerNames();
    return names.isEmpty()
        ? "-"
        : new String(names.getFirst().getEncoded(), StandardCharsets.UTF_8);
  }

  private static String peer(SSLSession session) {
    try {
      var first = (X509Certificate) session.getPeerCertificates()[0];
      return first.getSubjectX500Principal().getName();
    } catch (SSLPeerUnverifiedException _) {
      return "-";
    }
  }

  /// How the other has ended it: `alert unknown_ca`, `closed` or `reset`.
  static String failure(IOException failed) {
    if (failed instanceof SSLException && failed.getMessage() != null) {
      var alert = ALERT.matcher(failed.getMessage());
      if (alert.find()) {
        return "alert " + alert.group(1);
      }
      return failed.getMessage().contains("terminated the handshake")
          ? "closed"
          : failed.getMessage();
    }
    return "reset";
  }

  /// A name to ask for, whatever stands in it.
  private static final class AnyName extends SNIServerName {
    AnyName(String name) {
      super(StandardConstants.SNI_HOST_NAME, name.getBytes(StandardCharsets.UTF_8));
    }
  }
}
