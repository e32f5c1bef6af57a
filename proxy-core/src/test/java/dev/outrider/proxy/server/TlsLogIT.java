package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.worker.Eventually;
import dev.outrider.proxy.worker.RawClient;
import dev.outrider.proxy.worker.TlsClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What access logs tell of connections to services that are secured, and of clients' connections
/// that could not be.
class TlsLogIT {
  private static final String SECURED =
      "%UPSTREAM_TLS_VERSION% %UPSTREAM_TLS_CIPHER% %UPSTREAM_PEER_SUBJECT% %UPSTREAM_PEER_ISSUER%"
          + " %UPSTREAM_PEER_DNS_SAN% %UPSTREAM_SERVER_NAME% %UPSTREAM_LOCAL_DNS_SAN%";

  @TempDir Path folder;
  private TestCertificates authority;
  private Path log;
  private TestServer behind;
  private TestServer server;

  @BeforeEach
  void start() {
    authority = new TestCertificates(folder);
    authority.signed("one", "ec", "/CN=one", "DNS:a.test");
    authority.signed("two", "ec", "/CN=two", "DNS:client.test");
    log = folder.resolve("log.txt");
    var trust = "validation_context: {trusted_ca: {filename: \"%s\"}}".formatted(file("ca.pem"));
    var own = "common_tls_context: {tls_certificates: [%s], %s}";
    behind =
        TestServer.start(
            SecretBootstrap.create().downstream(own.formatted(certificate("one"), trust)).yaml(),
            1);
    server =
        TestServer.start(
            SecretBootstrap.create()
                .downstream(
                    "require_client_certificate: true, " + own.formatted(certificate("one"), trust))
                .upstream("sni: a.test, " + own.formatted(certificate("two"), trust), behind.port())
                .logs(log, SECURED, "connection %DOWNSTREAM_TRANSPORT_FAILURE_REASON%")
                .yaml(),
            1);
  }

  @AfterEach
  void stop() {
    server.close();
    behind.close();
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private String certificate(String name) {
    return "{certificate_chain: {filename: \"%s\"}, private_key: {filename: \"%s\"}}"
        .formatted(file(name + ".pem"), file(name + ".key"));
  }

  private List<String> lines(int count) throws Exception {
    return Eventually.get(
        () -> Files.exists(log) ? Files.readAllLines(log) : List.of(),
        lines -> lines.size() >= count);
  }

  @Test
  void tellsOfTheHandshakeWithAService() throws Exception {
    var client = authority.signed("client", "ec", "/CN=client", "DNS:client.test");

    assertThat(new TlsClient(server.port(), client).get("/service")).startsWith("HTTP/1.1 200");

    assertThat(lines(2))
        .containsExactly(
            "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256 CN=one CN=Test CA,O=Outrider,C=DE a.test a.test"
                + " client.test",
            "connection -");
  }

  @Test
  void tellsWhyAClientCouldNotBeServed() throws Exception {
    assertThatThrownBy(() -> new TlsClient(server.port(), null).get("/"))
        .isInstanceOf(IOException.class);
    assertThat(lines(1))
        .containsExactly(
            "connection"
                + " TLS_error:|268435648:SSL_routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE:TLS_error_end");

    try (var plain = new RawClient(server.port())) {
      plain.send("GET / HTTP/1.1\nhost: a\n\n");
      assertThat(lines(2).getLast())
          .isEqualTo(
              "connection"
                  + " TLS_error:|268435612:SSL_routines:OPENSSL_internal:HTTP_REQUEST:TLS_error_end");
    }
  }
}
