package dev.outrider.proxy.differential;

import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.tls.TestCertificates.Pair;
import dev.outrider.proxy.tls.TestContexts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/// The certificates of a run, as `NAME.pem` and `NAME.key` in one folder:
///
/// | name | what |
/// |---|---|
/// | `ca` | signs all but `stranger`; `crl.pem` is its list, with `revoked` on it |
/// | `a`, `b`, `wild`, `rsa` | servers, for `a.test`, `b.test`, `*.wild.test`, `rsa.test` |
/// | `up` | the service, for `up.test` |
/// | `client` | a client with a SAN of each kind |
/// | `other` | a client with other names |
/// | `revoked`, `expired`, `stranger` | clients that are not to get in |
///
/// In texts `{certificates}` is the folder, `{hash NAME}` and `{spki NAME}` are what a validation
/// context pins. Thread-safe.
final class Certificates {
  private static final Pattern NAMED = Pattern.compile("\\{(hash|spki) (\\w+)}");
  private static final String SPIFFE = "URI:spiffe://test/ns/default/sa/";

  /// A further line of the extensions: SPIFFE wants it said.
  private static final String SPEAKS = "\nkeyUsage=digitalSignature";

  private final Path folder;
  private final Map<String, Pair> pairs = new HashMap<>();

  Certificates(Path folder) {
    this.folder = folder.toAbsolutePath();
  }

  /// Where they are; made when first asked for.
  synchronized Path folder() {
    if (pairs.isEmpty()) {
      try {
        make(new TestCertificates(Files.createDirectories(folder)));
      } catch (IOException failed) {
        throw new IllegalStateException(failed);
      }
    }
    return folder;
  }

  private void make(TestCertificates all) throws IOException {
    pairs.put("a", all.signed("a", "ec", "/CN=a", "DNS:a.test"));
    pairs.put("b", all.signed("b", "ec", "/CN=b", "DNS:b.test"));
    pairs.put("wild", all.signed("wild", "ec", "/CN=wild", "DNS:*.wild.test"));
    pairs.put("rsa", all.signed("rsa", "rsa", "/CN=rsa", "DNS:rsa.test,DNS:a.test"));
    pairs.put("up", all.signed("up", "ec", "/CN=up", "DNS:up.test," + SPIFFE + "up"));
    pairs.put(
        "client",
        all.signed(
            "client",
            "ec",
            "/C=DE/O=Outrider, Inc/CN=client",
            SPIFFE
                + "client,DNS:client.test,DNS:second.test,email:c@client.test,IP:127.0.0.1"
                + SPEAKS));
    pairs.put(
        "other",
        all.signed(
            "other", "ec", "/CN=other", "URI:spiffe://elsewhere/other,DNS:other.test" + SPEAKS));
    pairs.put("revoked", all.signed("revoked", "ec", "/CN=revoked", SPIFFE + "revoked"));
    pairs.put("expired", all.expired("expired", "/CN=expired", SPIFFE + "expired" + SPEAKS));
    pairs.put("stranger", all.selfSigned("stranger", "/CN=stranger"));
    revoke(all);
  }

  private void revoke(TestCertificates all) throws IOException {
    Files.writeString(folder.resolve("index.txt"), "");
    Files.writeString(
        folder.resolve("crl.conf"),
        "[ca]\ndefault_ca=all\n[all]\ndatabase=index.txt\ndefault_md=sha256\n");
    all.run(
        "ca",
        "-config",
        "crl.conf",
        "-cert",
        "ca.pem",
        "-keyfile",
        "ca.key",
        "-revoke",
        "revoked.pem");
    all.run(
        "ca",
        "-config",
        "crl.conf",
        "-cert",
        "ca.pem",
        "-keyfile",
        "ca.key",
        "-gencrl",
        "-crldays",
        "30",
        "-out",
        "crl.pem");
  }

  /// Puts in what stands for certificates.
  String filled(String text) {
    var filled = text.replace("{certificates}", folder.toString());
    if (!filled.equals(text) || NAMED.matcher(text).find()) {
      folder();
    }
    return NAMED
        .matcher(filled)
        .replaceAll(
            named -> named.group(1).equals("hash") ? hash(named.group(2)) : pin(named.group(2)));
  }

  private String hash(String name) {
    return HexFormat.of().formatHex(sha256(encoded(name, X509Certificate::getEncoded)));
  }

  private String pin(String name) {
    var key = encoded(name, certificate -> certificate.getPublicKey().getEncoded());
    return Base64.getEncoder().encodeToString(sha256(key));
  }

  private interface Part {
    byte[] of(X509Certificate certificate) throws GeneralSecurityException;
  }

  private byte[] encoded(String name, Part part) {
    try (var pem = Files.newInputStream(folder().resolve(name + ".pem"))) {
      var read = CertificateFactory.getInstance("X.509").generateCertificate(pem);
      return part.of((X509Certificate) read);
    } catch (IOException | GeneralSecurityException failed) {
      throw new IllegalArgumentException(name, failed);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /// One that presents an end's certificate and takes any.
  synchronized SSLContext context(TlsEnd end) {
    folder();
    var pair = pairs.get(end.certificate());
    if (pair == null && !end.certificate().isEmpty()) {
      throw new IllegalArgumentException("no certificate " + end.certificate());
    }
    return TestContexts.showing(pair);
  }
}
