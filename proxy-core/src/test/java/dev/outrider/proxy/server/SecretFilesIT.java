package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxy.worker.TlsClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A proxy whose certificates come from files that change: what is moved into place serves new
/// connections, what cannot be used does not.
class SecretFilesIT {
  private static final String SECRET =
      "\"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

  @TempDir Path folder;
  private TestCertificates authority;
  private @Nullable TestServer started;

  @BeforeEach
  void makeCertificates() {
    authority = new TestCertificates(folder);
    authority.signed("one", "ec", "/CN=one", "DNS:a.test");
    authority.signed("two", "ec", "/CN=two", "DNS:a.test");
  }

  @AfterEach
  void stop() {
    if (started != null) {
      started.close();
    }
  }

  private TestServer server() {
    return Objects.requireNonNull(started, "a server was started");
  }

  private void moveInto(Path target, String text) throws IOException {
    var next = folder.resolve("next.tmp");
    Files.writeString(next, text);
    Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private void copyInto(String target, String source) throws IOException {
    var next = folder.resolve("next.tmp");
    Files.copy(folder.resolve(source), next);
    Files.move(next, folder.resolve(target), StandardCopyOption.ATOMIC_MOVE);
  }

  private String pem(String name) {
    try {
      return Files.readString(folder.resolve(name)).replace("\n", "\\n");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String certificate(String name) {
    return "{certificate_chain: {inline_string: \"%s\"}, private_key: {inline_string: \"%s\"}}"
        .formatted(pem(name + ".pem"), pem(name + ".key"));
  }

  private static String response(String version, String name, String content) {
    return "version_info: \"%s\"\nresources:\n- %s\n  name: %s\n  %s\n"
        .formatted(version, SECRET, name, content);
  }

  private String source(String name) {
    return "{name: %s, sds_config: {path_config_source: {path: \"%s\"}}}"
        .formatted(name, folder.resolve(name + ".yaml"));
  }

  private String shown() throws Exception {
    try (var socket = new TlsClient(server().port(), null).sni("a.test").connect()) {
      var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return certificate.getSubjectX500Principal().getName();
    }
  }

  private static <T> void eventually(Callable<T> value, T expected) throws Exception {
    assertThat(Eventually.get(value, expected::equals)).isEqualTo(expected);
  }

  private void startWithFile() throws Exception {
    Files.writeString(
        folder.resolve("own.yaml"), response("1", "own", "tls_certificate: " + certificate("one")));
    started =
        TestServer.start(
            SecretBootstrap.create()
                .downstream(
                    "common_tls_context: {tls_certificate_sds_secret_configs: [%s]}"
                        .formatted(source("own")))
                .yaml(),
            1);
  }

  @Test
  void takesAFileThatIsWrittenInPlaceWhenItIsComplete() throws Exception {
    startWithFile();
    assertThat(shown()).isEqualTo("CN=one");
    var file = folder.resolve("own.yaml");
    var text = response("2", "own", "tls_certificate: " + certificate("two"));

    Files.delete(file);
    Files.writeString(file, text.substring(0, 300));
    eventually(() -> server().stat("sds.own.update_rejected") > 0, true);
    Files.writeString(file, text.substring(300), StandardOpenOption.APPEND);

    eventually(this::shown, "CN=two");
  }

  @Test
  void rotatesWithAFileThatIsMovedIntoPlace() throws Exception {
    startWithFile();
    assertThat(shown()).isEqualTo("CN=one");
    try (var before = new TlsClient(server().port(), null).sni("a.test").connect()) {
      moveInto(
          folder.resolve("own.yaml"),
          response("2", "own", "tls_certificate: " + certificate("two")));

      eventually(this::shown, "CN=two");
      assertThat(TlsClient.get(before, "/")).startsWith("HTTP/1.1 200 OK");
    }
    assertThat(server().stat("sds.own.update_success")).isEqualTo(2);
    assertThat(server().stat("listener.main.server_ssl_socket_factory.ssl_context_update_by_sds"))
        .isEqualTo(2);
  }

  @Test
  void keepsWhatServesWhenTheNextVersionCannotBeUsed() throws Exception {
    startWithFile();

    moveInto(folder.resolve("own.yaml"), "resources: [{");
    eventually(() -> server().stat("sds.own.update_rejected"), 1L);
    moveInto(
        folder.resolve("own.yaml"),
        response("3", "other", "tls_certificate: " + certificate("two")));
    eventually(() -> server().stat("sds.own.update_rejected"), 2L);
    moveInto(
        folder.resolve("own.yaml"),
        response(
            "4",
            "own",
            "tls_certificate: {certificate_chain: {inline_string: \"%s\"}, private_key: {inline_string: \"%s\"}}"
                .formatted(pem("two.pem"), pem("one.key"))));
    eventually(() -> server().stat("sds.own.update_rejected"), 3L);
    moveInto(
        folder.resolve("own.yaml"),
        response(
            "5",
            "own",
            "validation_context: {trusted_ca: {filename: \"" + folder.resolve("ca.pem") + "\"}}"));
    eventually(() -> server().stat("sds.own.update_rejected"), 4L);

    assertThat(shown()).isEqualTo("CN=one");
    moveInto(
        folder.resolve("own.yaml"), response("6", "own", "tls_certificate: " + certificate("two")));
    eventually(this::shown, "CN=two");
  }

  @Test
  void followsTheFilesThatASecretNames() throws Exception {
    copyInto("live.pem", "one.pem");
    copyInto("live.key", "one.key");
    Files.writeString(
        folder.resolve("own.yaml"),
        response(
            "1",
            "own",
            "tls_certificate: {certificate_chain: {filename: \"%s\"}, private_key: {filename: \"%s\"}}"
                .formatted(folder.resolve("live.pem"), folder.resolve("live.key"))));
    started =
        TestServer.start(
            SecretBootstrap.create()
                .downstream(
                    "common_tls_context: {tls_certificate_sds_secret_configs: [%s]}"
                        .formatted(source("own")))
                .yaml(),
            1);
    assertThat(shown()).isEqualTo("CN=one");

    copyInto("live.key", "two.key");
    eventually(() -> server().stat("sds.own.key_rotation_failed") > 0, true);
    assertThat(shown()).isEqualTo("CN=one");
    copyInto("live.pem", "two.pem");

    eventually(this::shown, "CN=two");
    assertThat(server().stat("sds.own.update_success")).isEqualTo(1);
  }

  /// As Kubernetes swaps a ConfigMap: `..data` is a link to a folder, and another takes its place.
  @Test
  void followsTheLinkOfAWatchedFolder() throws Exception {
    var volume = Files.createDirectory(folder.resolve("volume"));
    for (var name : new String[] {"one", "two"}) {
      var version = Files.createDirectory(volume.resolve("..v-" + name));
      Files.writeString(
          version.resolve("own.yaml"),
          response(name, "own", "tls_certificate: " + certificate(name)));
    }
    Files.createSymbolicLink(volume.resolve("..data"), Path.of("..v-one"));
    Files.createSymbolicLink(volume.resolve("own.yaml"), Path.of("..data/own.yaml"));
    started =
        TestServer.start(
            SecretBootstrap.create()
                .downstream(
                    ("common_tls_context: {tls_certificate_sds_secret_configs: [{name: own,"
                            + " sds_config: {path_config_source: {path: \"%s\", watched_directory:"
                            + " {path: \"%s\"}}}}]}")
                        .formatted(volume.resolve("own.yaml"), volume))
                .yaml(),
            1);
    assertThat(shown()).isEqualTo("CN=one");

    Files.createSymbolicLink(volume.resolve("..next"), Path.of("..v-two"));
    Files.move(volume.resolve("..next"), volume.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

    eventually(this::shown, "CN=two");
  }

  @Test
  void endsConnectionsAsLongAsASecretIsMissing() throws Exception {
    Files.writeString(
        folder.resolve("own.yaml"),
        response("1", "other", "tls_certificate: " + certificate("one")));
    Files.writeString(folder.resolve("trust.yaml"), response("1", "other", "{}"));
    started =
        TestServer.start(
            SecretBootstrap.create()
                .downstream(
                    "common_tls_context: {tls_certificate_sds_secret_configs: [%s]}"
                        .formatted(source("own")))
                .yaml(),
            1);

    assertThatThrownBy(this::shown).isInstanceOf(IOException.class);
    assertThat(
            server()
                .stat(
                    "listener.main.server_ssl_socket_factory.downstream_context_secrets_not_ready"))
        .isEqualTo(1);
    moveInto(
        folder.resolve("own.yaml"), response("2", "own", "tls_certificate: " + certificate("one")));

    eventually(
        () -> {
          try {
            return shown();
          } catch (IOException _) {
            return "";
          }
        },
        "CN=one");
  }

  @Test
  void takesSecretsOfTheBootstrap() throws Exception {
    authority.signed("client", "ec", "/CN=client", "DNS:client.test");
    var secrets =
        "{name: own, tls_certificate: %s}, {name: trust, validation_context: {trusted_ca: {filename: \"%s\"}}}"
            .formatted(certificate("one"), folder.resolve("ca.pem"));
    var downstream =
        "require_client_certificate: true, common_tls_context: {tls_certificate_sds_secret_configs:"
            + " [{name: own}], combined_validation_context: {default_validation_context:"
            + " {match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: client.test}}]},"
            + " validation_context_sds_secret_config: {name: trust}}}";
    started =
        TestServer.start(
            SecretBootstrap.create().secrets(secrets).downstream(downstream).yaml(), 1);
    var client = authority.signed("client", "ec", "/CN=client", "DNS:client.test");
    var other = authority.signed("other", "ec", "/CN=other", "DNS:other.test");

    assertThat(new TlsClient(server().port(), client).get("/")).startsWith("HTTP/1.1 200 OK");
    assertThatThrownBy(() -> new TlsClient(server().port(), other).get("/"))
        .isInstanceOf(IOException.class);
    assertThat(server().stat("listener.main.ssl.fail_verify_san")).isEqualTo(1);
  }

  @Test
  void answers503AsLongAsASecretOfAClusterIsMissing() throws Exception {
    Files.writeString(
        folder.resolve("trust.yaml"), response("1", "other", "validation_context: {}"));
    var own = "common_tls_context: {tls_certificates: [" + certificate("one") + "]}";
    try (var behind = TestServer.start(SecretBootstrap.create().downstream(own).yaml(), 1)) {
      started =
          TestServer.start(
              SecretBootstrap.create()
                  .downstream(own)
                  .upstream(
                      "common_tls_context: {validation_context_sds_secret_config: %s}"
                          .formatted(source("trust")),
                      behind.port())
                  .yaml(),
              1);
      var client = new TlsClient(server().port(), null);
      assertThat(client.get("/service"))
          .startsWith("HTTP/1.1 503")
          .contains("reset reason: remote connection failure");
      assertThat(server().stat("cluster.service.upstream_cx_destroy_remote")).isEqualTo(1);
      assertThat(
              server()
                  .stat(
                      "cluster.service.client_ssl_socket_factory.upstream_context_secrets_not_ready"))
          .isEqualTo(1);

      moveInto(
          folder.resolve("trust.yaml"),
          response(
              "2",
              "trust",
              "validation_context: {trusted_ca: {filename: \""
                  + folder.resolve("ca.pem")
                  + "\"}}"));

      eventually(() -> client.get("/service").startsWith("HTTP/1.1 200"), true);
    }
  }

  @Test
  void showsCertificatesAndHidesKeys() throws Exception {
    startWithFile();

    var certificates = server().admin("/certs").body();
    assertThat(certificates)
        .contains("\"path\": \"<inline>\"")
        .contains("\"dns\": \"a.test\"")
        .contains("\"days_until_expiration\": \"29\"");
    assertThat(server().stat("server.days_until_first_cert_expiring")).isEqualTo(29);
    var dump = server().admin("/config_dump").body();
    assertThat(dump)
        .contains("SecretsConfigDump")
        .contains("\"dynamic_active_secrets\"")
        .contains("\"inline_bytes\": \"W3JlZGFjdGVkXQ==\"")
        .contains("tls_certificate_sds_secret_configs");
    var key = Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("one.key")));
    var chain = Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("one.pem")));
    assertThat(dump).doesNotContain(key).doesNotContain("PRIVATE KEY").contains(chain);
  }

  @Test
  void blackensKeysThatStandInTheConfiguration() throws Exception {
    started =
        TestServer.start(
            SecretBootstrap.create()
                .secrets("{name: own, tls_certificate: " + certificate("one") + "}")
                .downstream("common_tls_context: {tls_certificates: [" + certificate("two") + "]}")
                .yaml(),
            1);

    assertThat(server().admin("/config_dump").body())
        .contains("\"static_secrets\"")
        .contains("\"inline_string\": \"[redacted]\"")
        .contains("BEGIN CERTIFICATE")
        .doesNotContain("PRIVATE KEY");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    var yaml =
        SecretBootstrap.create()
            .downstream(
                "common_tls_context: {tls_certificate_sds_secret_configs: [%s]}"
                    .formatted(source("none")))
            .yaml();

    assertThatThrownBy(() -> TestServer.start(yaml, 1))
        .hasMessageContaining("paths must refer to an existing path in the system: '")
        .hasMessageContaining("none.yaml' does not exist");
  }
}
