package dev.outrider.proxy.pipeline;

import dev.outrider.proxy.config.ClientCertForwarding;
import dev.outrider.proxy.config.ClientCertForwarding.Mode;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.tls.CertificateInfo;
import dev.outrider.proxy.tls.SanType;
import dev.outrider.proxy.tls.TlsInfo;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// `x-forwarded-client-cert`: which certificate the client has shown (Envoy
/// `ConnectionManagerUtility::mutateXfccRequestHeader`). Worked out once for each connection.
final class ForwardedClientCert {
  private ForwardedClientCert() {}

  static void apply(HeaderMap head, StreamInfo info, ClientCertForwarding options) {
    var mode = options.mode();
    if (mode == Mode.ALWAYS_FORWARD_ONLY) {
      return;
    }
    var tls = info.connection().tls();
    var peer = tls == null ? null : tls.peer();
    if (mode == Mode.SANITIZE || tls == null || peer == null) {
      head.remove(HeaderNames.X_FORWARDED_CLIENT_CERT);
      return;
    }
    if (mode == Mode.FORWARD_ONLY) {
      return;
    }
    var own = own(tls, peer, options);
    var before = mode == Mode.APPEND_FORWARD ? before(head) : null;
    var all = before == null ? own : before + "," + own;
    if (!head.set(HeaderNames.X_FORWARDED_CLIENT_CERT, all)) {
      head.remove(HeaderNames.X_FORWARDED_CLIENT_CERT); // what the client said is not left there
    }
  }

  private static @Nullable String before(HeaderMap head) {
    return head.contains(HeaderNames.X_FORWARDED_CLIENT_CERT)
        ? String.join(",", head.getAll(HeaderNames.X_FORWARDED_CLIENT_CERT))
        : null;
  }

  private static String own(TlsInfo tls, CertificateInfo peer, ClientCertForwarding options) {
    var known = tls.forwarded();
    if (known == null) {
      known = describe(tls, peer, options);
      tls.forwarded(known);
    }
    return known;
  }

  private static String describe(TlsInfo tls, CertificateInfo peer, ClientCertForwarding options) {
    var parts = new StringJoiner(";");
    var local = tls.local();
    if (local != null) {
      local.sans(SanType.URI).forEach(uri -> parts.add("By=" + uri));
    }
    parts.add("Hash=" + peer.fingerprint("SHA-256"));
    if (options.cert()) {
      parts.add("Cert=\"" + peer.urlEncodedPem() + "\"");
    }
    if (options.chain()) {
      parts.add("Chain=\"" + peer.urlEncodedPemChain() + "\"");
    }
    if (options.subject()) {
      parts.add("Subject=\"" + peer.subject() + "\"");
    }
    if (options.uri()) {
      var uris = peer.sans(SanType.URI);
      uris.forEach(uri -> parts.add("URI=" + uri));
      if (uris.isEmpty()) {
        parts.add("URI="); // as Envoy: asked for, and there is none
      }
    }
    if (options.dns()) {
      peer.sans(SanType.DNS).forEach(dns -> parts.add("DNS=" + dns));
    }
    return printable(parts.toString());
  }

  /// A certificate may name itself with anything; control characters cannot stand in a header.
  private static String printable(String text) {
    if (text.chars().noneMatch(ForwardedClientCert::isControl)) {
      return text;
    }
    var out = new StringBuilder();
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (isControl(c)) {
        out.append(String.format("\\%02X", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean isControl(int c) {
    return c < 0x20 || c == 0x7f;
  }
}
