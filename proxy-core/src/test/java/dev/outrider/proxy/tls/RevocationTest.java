package dev.outrider.proxy.tls;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Lists of what is revoked, below one another: what Envoy 1.40 has answered to the same files.
class RevocationTest {
  private static final String LISTS = "certificate revocation check against provided CRLs failed: ";

  @TempDir static Path folder;
  private static TestCertificates tool;

  @BeforeAll
  static void makeAuthorities() throws IOException {
    tool = new TestCertificates(folder);
    for (var name : List.of("root", "middle")) {
      authority(name, name + ".pem");
      tool.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key");
      tool.run("req", "-new", "-key", name + ".key", "-subj", "/CN=" + name, "-out", name + ".csr");
    }
    tool.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "leaf.key");
    tool.run("req", "-new", "-key", "leaf.key", "-subj", "/CN=leaf", "-out", "leaf.csr");
    sign("root", "root", "root.pem", "signs", "-selfsign");
    sign(
        "root",
        "root",
        "root-old.pem",
        "signs",
        "-selfsign",
        "-startdate",
        "20200101000000Z",
        "-enddate",
        "20200201000000Z");
    sign("root", "middle", "middle.pem", "signs");
    sign("root", "middle", "middle-nolists.pem", "no_lists");
    sign("middle", "leaf", "leaf.pem", "leaf");
    list("middle", "middle.crl");
    list("root", "root.crl");
    list(
        "middle",
        "middle-old.crl",
        "-crl_lastupdate",
        "20200101000000Z",
        "-crl_nextupdate",
        "20200201000000Z");
    list(
        "middle",
        "middle-future.crl",
        "-crl_lastupdate",
        "20400101000000Z",
        "-crl_nextupdate",
        "20410101000000Z");
    tool.run("ca", "-batch", "-config", "root.conf", "-revoke", "middle.pem");
    list("root", "root-revokes.crl");
    for (var extension : List.of("delta", "lax_delta", "scoped", "unknown")) {
      list("root", extension + ".crl", "-crlexts", extension);
    }
    makeSuccessor();
  }

  /// An authority of the name of `middle`, with a key and lists of its own.
  private static void makeSuccessor() throws IOException {
    authority("next", "next.pem");
    tool.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "next.key");
    tool.run("req", "-new", "-key", "next.key", "-subj", "/CN=middle", "-out", "next.csr");
    sign("root", "next", "next.pem", "signs");
    sign("next", "leaf", "leaf-next.pem", "leaf");
    list("next", "next.crl");
    tool.run("ca", "-batch", "-config", "next.conf", "-revoke", "leaf-next.pem");
    list("next", "next-revokes.crl", "-crl_lastupdate", "20260101000000Z");
    tool.run("ca", "-batch", "-config", "middle.conf", "-revoke", "leaf.pem");
    list("middle", "middle-revokes.crl", "-crl_lastupdate", "20260101000000Z");
  }

  private static void authority(String name, String certificate) throws IOException {
    Files.createDirectory(folder.resolve(name));
    Files.writeString(folder.resolve(name + "/index.txt"), "");
    Files.writeString(folder.resolve(name + "/serial"), "1000\n");
    Files.writeString(folder.resolve(name + "/crlnumber"), "10\n");
    Files.writeString(
        folder.resolve(name + ".conf"),
        """
        [ca]
        default_ca=all
        [all]
        database=%1$s/index.txt
        serial=%1$s/serial
        crlnumber=%1$s/crlnumber
        new_certs_dir=%1$s
        certificate=%2$s
        private_key=%1$s.key
        policy=any
        default_md=sha256
        default_days=30
        default_crl_days=30
        unique_subject=no
        [delta]
        2.5.29.27=critical,ASN1:INTEGER:16
        [lax_delta]
        2.5.29.27=ASN1:INTEGER:16
        [scoped]
        issuingDistributionPoint=critical,@users
        [users]
        onlyuser=TRUE
        [unknown]
        1.2.3.4=critical,ASN1:NULL
        [any]
        commonName=optional
        [signs]
        basicConstraints=critical,CA:TRUE
        keyUsage=critical,keyCertSign,cRLSign
        [no_lists]
        basicConstraints=critical,CA:TRUE
        keyUsage=critical,keyCertSign
        [leaf]
        subjectAltName=DNS:leaf.test
        """
            .formatted(name, certificate));
  }

  private static void sign(
      String authority, String subject, String out, String extensions, String... more) {
    var command =
        new ArrayList<>(
            List.of("ca", "-batch", "-config", authority + ".conf", "-in", subject + ".csr"));
    command.addAll(List.of("-extensions", extensions, "-notext", "-out", out));
    command.addAll(List.of(more));
    tool.run(command.toArray(String[]::new));
  }

  private static void list(String authority, String out, String... more) {
    var command =
        new ArrayList<>(List.of("ca", "-config", authority + ".conf", "-gencrl", "-out", out));
    command.addAll(List.of(more));
    tool.run(command.toArray(String[]::new));
  }

  private static @Nullable SecretBytes files(@Nullable String names) {
    return names == null ? null : content(names);
  }

  private static SecretBytes content(String names) {
    var all = new ByteArrayOutputStream();
    for (var name : names.split(" ", -1)) {
      try {
        all.writeBytes(Files.readAllBytes(folder.resolve(name)));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return new SecretBytes(all.toByteArray(), names);
  }

  private static PeerVerifier verifier(
      String trusted, @Nullable String lists, boolean leafOnly, boolean allowExpired) {
    return new PeerVerifier(
        new CertificateValidation(
            files(trusted),
            Map.of(),
            List.of(),
            List.of(),
            List.of(),
            files(lists),
            leafOnly,
            allowExpired,
            false,
            CertificateValidation.DEFAULT_MAX_DEPTH),
        false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "middle.pem root.pem | root.crl middle.crl | false | false | ''",
        "middle.pem root.pem | root-revokes.crl middle.crl | false | false | 1: L certificate"
            + " revoked",
        "middle.pem root.pem | root-revokes.crl middle.crl | true | false | ''",
        "middle.pem root.pem | middle.crl | false | false | 1: L unable to get certificate CRL",
        "middle.pem root.pem | middle.crl | true | false | ''",
        "middle.pem root.pem | root-revokes.crl | false | false | 0: L unable to get certificate"
            + " CRL",
        "middle.pem | middle.crl | false | false | 1: L unable to get certificate CRL",
        "middle.pem | middle.crl | true | false | ''",
        "middle.pem | root-revokes.crl middle.crl | false | false | 1: CRL signature failure",
        "root.pem | root-revokes.crl middle.crl | false | false | 1: L certificate revoked",
        "middle.pem root.pem | root.crl middle-old.crl | false | false | 0: L CRL has expired",
        "middle.pem root.pem | root.crl middle-future.crl | false | false | 0: L CRL is not yet"
            + " valid",
        "middle.pem root.pem | root.crl middle-old.crl middle.crl | false | false | ''",
        "middle-nolists.pem root.pem | root.crl middle.crl | false | false | 0: key usage does not"
            + " include CRL signing",
        "middle.pem root-old.pem | | false | false | 2: certificate has expired",
        "middle.pem root-old.pem | | false | true | ''",
      })
  void answersAsBoringSslDoes(
      String trusted,
      @Nullable String lists,
      boolean leafOnly,
      boolean allowExpired,
      String expected)
      throws Exception {
    judge("leaf.pem middle.pem", verifier(trusted, lists, leafOnly, allowExpired), expected);
  }

  /// Where BoringSSL takes the newest of the name, whoever has signed it.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "leaf.pem middle.pem | middle.crl next.crl | ''",
        "leaf.pem middle.pem | next.crl middle.crl | ''",
        "leaf-next.pem next.pem | middle.crl next.crl | ''",
        "leaf-next.pem next.pem | next.crl middle.crl | ''",
        "leaf.pem middle.pem | middle-revokes.crl next.crl | 0: L certificate revoked",
        "leaf.pem middle.pem | next.crl middle-revokes.crl | 0: L certificate revoked",
        "leaf-next.pem next.pem | next-revokes.crl middle.crl | 0: L certificate revoked",
        "leaf-next.pem next.pem | middle.crl next-revokes.crl | 0: L certificate revoked",
        "leaf.pem middle.pem | middle-old.crl next.crl | 0: L CRL has expired",
        "leaf-next.pem next.pem | middle.crl middle-old.crl | 0: CRL signature failure",
      })
  void asksTheListOfTheIssuersKey(String shown, String lists, String expected) throws Exception {
    judge(shown, verifier("root.pem", "root.crl " + lists, false, false), expected);
  }

  private static void judge(String certificates, PeerVerifier verifier, String expected)
      throws Exception {
    var shown =
        KeyEntry.certificates(content(certificates), "certificates")
            .toArray(X509Certificate[]::new);
    var engine = SSLContext.getDefault().createSSLEngine();

    if (expected.isEmpty()) {
      verifier.checkClientTrusted(shown, "EC", engine);
    } else {
      assertThatThrownBy(() -> verifier.checkClientTrusted(shown, "EC", engine))
          .hasMessage(
              "verify cert failed: X509_verify_cert: certificate verification error at depth "
                  + expected.replace(": L ", ": " + LISTS));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "delta.crl | deltaCRLIndicator (2.5.29.27)",
        "root.crl lax_delta.crl | deltaCRLIndicator (2.5.29.27)",
        "root.crl scoped.crl middle.crl | issuingDistributionPoint (2.5.29.28)",
        "unknown.crl | 1.2.3.4",
      })
  void refusesListsThatAreNotWhole(String lists, String extension) {
    assertThatThrownBy(() -> verifier("root.pem", lists, false, false))
        .isInstanceOf(TlsConfigException.class)
        .hasMessage(
            "Failed to load CRL from "
                + lists
                + ": the list of 'CN=root' has the extension "
                + extension
                + ", which is not supported: configure complete lists without critical"
                + " extensions");
  }
}
