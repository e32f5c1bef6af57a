package dev.outrider.proxy.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A certificate authority for tests, made with `openssl` in a directory of its own.
public final class TestCertificates {
  private final Path folder;
  private int serial = 4096;

  /// A certificate and its key.
  public record Pair(SecretBytes chain, SecretBytes key) {
    public TlsCertificate certificate() {
      return new TlsCertificate(chain, key, null);
    }
  }

  public TestCertificates(Path folder) {
    this.folder = folder;
    selfSigned("ca", "/C=DE/O=Outrider/CN=Test CA");
  }

  public SecretBytes ca() {
    return read("ca.pem");
  }

  public Path file(String name) {
    return folder.resolve(name);
  }

  /// A certificate that only itself vouches for.
  public Pair selfSigned(String name, String subject) {
    key(name, "ec");
    run(
        "req",
        "-x509",
        "-new",
        "-key",
        name + ".key",
        "-subj",
        subject,
        "-days",
        "30",
        "-out",
        name + ".pem");
    return pair(name);
  }

  /// Signed by the authority.
  ///
  /// @param kind `ec` or `rsa`
  /// @param sans in OpenSSL's spelling: `DNS:a.test,URI:spiffe://b`; empty = none
  public Pair signed(String name, String kind, String subject, String sans) {
    return signed(name, kind, subject, sans, "-days", "30");
  }

  /// As [#signed], over before now.
  public Pair expired(String name, String subject, String sans) {
    return signed(
        name,
        "ec",
        subject,
        sans,
        "-not_before",
        "20200101000000Z",
        "-not_after",
        "20200201000000Z");
  }

  private Pair signed(String name, String kind, String subject, String sans, String... dates) {
    key(name, kind);
    run("req", "-new", "-key", name + ".key", "-subj", subject, "-out", name + ".csr");
    var command = new ArrayList<String>();
    if (dates[0].equals("-days")) {
      command.addAll(
          List.of("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key"));
      command.addAll(List.of("-set_serial", String.valueOf(serial++), "-out", name + ".pem"));
      command.addAll(Arrays.asList(dates));
      if (!sans.isEmpty()) {
        write(name + ".ext", "subjectAltName=" + sans + "\n");
        command.addAll(List.of("-extfile", name + ".ext"));
      }
    } else {
      write("index.txt", "");
      write("serial", "2000\n");
      write(
          "ca.conf",
          """
          [ca]
          default_ca=all
          [all]
          database=index.txt
          serial=serial
          new_certs_dir=.
          policy=any
          default_md=sha256
          unique_subject=no
          [any]
          commonName=optional
          [x]
          subjectAltName=%s
          """
              .formatted(sans.isEmpty() ? "DNS:none.test" : sans));
      command.addAll(
          List.of(
              "ca",
              "-batch",
              "-config",
              "ca.conf",
              "-in",
              name + ".csr",
              "-cert",
              "ca.pem",
              "-keyfile",
              "ca.key",
              "-notext",
              "-extensions",
              "x",
              "-out",
              name + ".pem",
              "-startdate",
              dates[1],
              "-enddate",
              dates[3]));
    }
    run(command.toArray(String[]::new));
    return pair(name);
  }

  private void key(String name, String kind) {
    if (kind.equals("rsa")) {
      run("genrsa", "-out", name + ".key", "2048");
    } else {
      run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key");
    }
  }

  private Pair pair(String name) {
    return new Pair(read(name + ".pem"), read(name + ".key"));
  }

  private SecretBytes read(String name) {
    try {
      return new SecretBytes(Files.readAllBytes(folder.resolve(name)), SecretBytes.INLINE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Runs `openssl` in the folder.
  public void run(String... arguments) {
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(Arrays.asList(arguments));
    try {
      var process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      process.getOutputStream().close();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + ": " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
