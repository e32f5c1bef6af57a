package dev.outrider.proxy.worker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.attributes.FormatEnvironment;
import dev.outrider.proxy.attributes.FormatString;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.config.ClientCertForwarding;
import dev.outrider.proxy.config.ClientCertForwarding.Mode;
import dev.outrider.proxy.config.DownstreamTls;
import dev.outrider.proxy.config.ForwardingOptions;
import dev.outrider.proxy.tls.CertificateValidation;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.ClientTlsSpec;
import dev.outrider.proxy.tls.ServerTls;
import dev.outrider.proxy.tls.ServerTlsSpec;
import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.tls.TestCertificates.Pair;
import dev.outrider.proxy.tls.TlsContexts;
import dev.outrider.proxy.tls.TlsIdentity;
import dev.outrider.proxy.tls.TlsParameters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS over loopback sockets: a client of the JDK, the proxy with BoringSSL, and services that are
/// proxies themselves.
class TlsIT {
  @TempDir static Path folder;
  private static TestCertificates authority;
  private static Pair server;
  private static Pair client;

  private final ScriptedUpstream upstream = new ScriptedUpstream();
  private final TestProxy proxy = new TestProxy(1);

  @BeforeAll
  static void makeCertificates() {
    authority = new TestCertificates(folder);
    server = authority.signed("server", "ec", "/CN=a.test", "DNS:a.test,DNS:*.wild.test");
    client = authority.signed("client", "ec", "/CN=client", "URI:spiffe://cluster/ns/x");
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    upstream.close();
  }

  private static TlsIdentity identity(@Nullable CertificateValidation validation, Pair... shown) {
    return new TlsIdentity(
        TlsParameters.DEFAULT,
        List.of(shown).stream().map(Pair::certificate).toList(),
        validation,
        List.of("h2", "http/1.1"));
  }

  private static DownstreamTls serving(ServerTlsSpec spec) {
    return new DownstreamTls(new ServerTls(spec, TlsContexts.server(spec)), 0);
  }

  private TestProxy start(ServerTlsSpec spec) throws Exception {
    proxy.tls = serving(spec);
    return proxy.cluster("up", upstream.port()).route("/", "up").start();
  }

  private static long eventually(TestProxy of, String stat, long expected) throws Exception {
    return Eventually.get(() -> of.stat(stat), value -> value == expected);
  }

  @Test
  void servesOverTls13AndTls12() throws Exception {
    start(ServerTlsSpec.of(identity(null, server), false));

    var one = new TlsClient(proxy.port(), null).sni("a.test").get("/echo");
    var two = new TlsClient(proxy.port(), null).versions("TLSv1.2").get("/echo");

    assertThat(one).startsWith("HTTP/1.1 200 OK");
    assertThat(two).startsWith("HTTP/1.1 200 OK");
    assertThat(proxy.stat("listener.main.ssl.handshake")).isEqualTo(2);
    assertThat(proxy.stat("listener.main.ssl.versions.TLSv1.3")).isEqualTo(1);
    assertThat(proxy.stat("listener.main.ssl.versions.TLSv1.2")).isEqualTo(1);
    assertThat(proxy.stat("listener.main.ssl.no_certificate")).isEqualTo(2);
    assertThat(proxy.stat("http.test.downstream_cx_ssl_total")).isEqualTo(2);
    assertThat(eventually(proxy, "http.test.downstream_cx_ssl_active", 0)).isZero();
  }

  @Test
  void sendsLargeBodiesWhole() throws Exception {
    start(ServerTlsSpec.of(identity(null, server), false));

    var answer = new TlsClient(proxy.port(), null).get("/bytes/3000000");

    assertThat(answer.length() - answer.indexOf("\r\n\r\n") - 4).isEqualTo(3_000_000);
  }

  @Test
  void agreesOnHttp2ByAlpn() throws Exception {
    start(ServerTlsSpec.of(identity(null, server), false));

    try (var socket = new TlsClient(proxy.port(), null).alpn("h2", "http/1.1").connect()) {
      assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
      socket
          .getOutputStream()
          .write(
              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                  .getBytes(StandardCharsets.ISO_8859_1));
      var first = socket.getInputStream().readNBytes(9);
      assertThat(first[3]).as("a frame of SETTINGS").isEqualTo((byte) 4);
    }
    assertThat(proxy.stat("http.test.downstream_cx_http2_total")).isEqualTo(1);
  }

  @Test
  void wantsTheCertificateOfAClient() throws Exception {
    start(ServerTlsSpec.of(identity(CertificateValidation.trusting(authority.ca()), server), true));

    assertThat(new TlsClient(proxy.port(), client).get("/echo")).startsWith("HTTP/1.1 200 OK");
    assertThatThrownBy(() -> new TlsClient(proxy.port(), null).get("/echo"))
        .isInstanceOf(SSLException.class);
    assertThat(eventually(proxy, "listener.main.ssl.fail_verify_no_cert", 1)).isEqualTo(1);
    assertThatThrownBy(
            () ->
                new TlsClient(proxy.port(), authority.selfSigned("other", "/CN=other"))
                    .get("/echo"))
        .isInstanceOf(SSLException.class);
    assertThat(eventually(proxy, "listener.main.ssl.fail_verify_error", 1)).isEqualTo(1);
    assertThatThrownBy(
            () -> new TlsClient(proxy.port(), authority.expired("old", "/CN=old", "")).get("/echo"))
        .isInstanceOf(SSLException.class);
    assertThat(eventually(proxy, "listener.main.ssl.fail_verify_error", 2)).isEqualTo(2);
    assertThat(proxy.stat("listener.main.ssl.handshake")).isEqualTo(1);
    assertThat(proxy.stat("listener.main.ssl.connection_error")).isZero();
    assertThat(eventually(proxy, "listener.main.downstream_cx_active", 0)).isZero();
  }

  @Test
  void resumesSessionsOfBothVersions() throws Exception {
    start(ServerTlsSpec.of(identity(null, server), false));

    for (var version : List.of("TLSv1.3", "TLSv1.2")) {
      var again = new TlsClient(proxy.port(), null).sni("a.test").versions(version);
      again.get("/echo");
      again.get("/echo");
    }

    assertThat(proxy.stat("listener.main.ssl.session_reused")).isEqualTo(2);
  }

  @Test
  void choosesTheCertificateByName() throws Exception {
    var rsa = authority.signed("rsa", "rsa", "/CN=rsa.test", "DNS:rsa.test,DNS:a.test");
    start(ServerTlsSpec.of(identity(null, rsa, server), false));

    assertThat(shown("rsa.test")).isEqualTo("CN=rsa.test");
    assertThat(shown("x.wild.test")).isEqualTo("CN=a.test");
    assertThat(shown("x.y.wild.test")).as("one label only").isEqualTo("CN=rsa.test");
    assertThat(shown("a.test")).as("both fit: the elliptic one").isEqualTo("CN=a.test");
    assertThat(shown("unknown.test")).as("the first").isEqualTo("CN=rsa.test");
  }

  private String shown(String sni) throws Exception {
    try (var socket = new TlsClient(proxy.port(), null).sni(sni).connect()) {
      return socket.getSession().getPeerPrincipal().getName();
    }
  }

  @Test
  void refusesToNegotiateAnew() throws Exception {
    start(ServerTlsSpec.of(identity(null, server), false));

    try (var socket = new TlsClient(proxy.port(), null).versions("TLSv1.2").connect()) {
      socket.startHandshake();

      assertThatThrownBy(
              () -> {
                socket.startHandshake(); // a second one, which would cost the server a key exchange
                socket.getInputStream().readAllBytes();
              })
          .hasMessageContaining("no_renegotiation");
    }
    assertThat(proxy.stat("listener.main.ssl.handshake")).isOne();
    assertThat(eventually(proxy, "listener.main.downstream_cx_active", 0)).isZero();
  }

  @Test
  void countsPlainTextOnASecurePortAsAnError() throws Exception {
    start(ServerTlsSpec.of(identity(null, server), false));

    try (var plain = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      plain
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      plain.setSoTimeout(5_000);
      assertThat(plain.getInputStream().readAllBytes())
          .asString(StandardCharsets.US_ASCII)
          .doesNotContain("HTTP");
    }

    assertThat(eventually(proxy, "listener.main.ssl.connection_error", 1)).isEqualTo(1);
    assertThat(eventually(proxy, "http.test.downstream_cx_active", 0)).isZero();
  }

  @Test
  void securesTheConnectionsOfACluster() throws Exception {
    start(ServerTlsSpec.of(identity(CertificateValidation.trusting(authority.ca()), server), true));
    var spec =
        new ClientTlsSpec(
            new TlsIdentity(
                TlsParameters.DEFAULT,
                List.of(client.certificate()),
                CertificateValidation.trusting(authority.ca()),
                List.of()),
            "a.test",
            false,
            true,
            true);
    var tls = new ClientTls(spec);
    try (var front = new TestProxy(1)) {
      var plain =
          Cluster.withDefaults("secure", new Discovery.Static(new Assignment("secure", List.of())));
      front.cluster(plain.toBuilder().tls(tls).build(), proxy.port()).route("/", "secure").start();

      try (var caller = front.client()) {
        assertThat(caller.get("/echo").read().code()).isEqualTo(200);
        assertThat(caller.get("/bytes/300000").read().body()).hasSize(300_000);
      }
      assertThat(front.stat("cluster.secure.ssl.handshake")).isEqualTo(1);
      assertThat(front.stat("cluster.secure.upstream_cx_total")).isEqualTo(1);
    }
  }

  @Test
  void answers503WhenTheServerCannotBeTrusted() throws Exception {
    var other = authority.selfSigned("stranger", "/CN=stranger");
    start(ServerTlsSpec.of(identity(null, other), false));
    var spec =
        new ClientTlsSpec(
            new TlsIdentity(
                TlsParameters.DEFAULT,
                List.of(),
                CertificateValidation.trusting(authority.ca()),
                List.of()),
            "",
            false,
            false,
            true);
    var tls = new ClientTls(spec);
    try (var front = new TestProxy(1)) {
      var plain =
          Cluster.withDefaults("secure", new Discovery.Static(new Assignment("secure", List.of())));
      front.cluster(plain.toBuilder().tls(tls).build(), proxy.port()).route("/", "secure").start();

      try (var caller = front.client()) {
        assertThat(caller.get("/echo").read().code()).isEqualTo(503);
      }
      assertThat(front.stat("cluster.secure.ssl.fail_verify_error")).isEqualTo(1);
      assertThat(front.stat("cluster.secure.upstream_cx_connect_fail")).isEqualTo(1);
    }
  }

  @Test
  void tellsAccessLogsAboutTheHandshake() throws Exception {
    var format =
        FormatString.parse(
            "%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_PEER_SUBJECT%"
                + " %DOWNSTREAM_PEER_URI_SAN% %DOWNSTREAM_LOCAL_SUBJECT% %DOWNSTREAM_LOCAL_DNS_SAN%"
                + " %DOWNSTREAM_PEER_ISSUER% %REQUESTED_SERVER_NAME% %DOWNSTREAM_PEER_DNS_SAN%",
            FormatEnvironment.ofProcess(),
            problem -> {
              throw new AssertionError(problem);
            });
    var fingerprint =
        FormatString.parse(
            "%DOWNSTREAM_PEER_FINGERPRINT_256%", FormatEnvironment.ofProcess(), _ -> {});
    var lines = new LinkedBlockingQueue<String>();
    proxy.loggers.add(
        info -> {
          for (var each : List.of(format, fingerprint)) {
            var out = new ValueBuffer();
            each.write(info, out);
            lines.add(new String(out.array(), 0, out.size(), StandardCharsets.UTF_8));
          }
        });
    start(ServerTlsSpec.of(identity(CertificateValidation.trusting(authority.ca()), server), true));

    new TlsClient(proxy.port(), client).sni("a.test").get("/head");

    assertThat(lines.poll(5, SECONDS))
        .isEqualTo(
            "TLSv1.3 CN=client spiffe://cluster/ns/x CN=a.test"
                + " a.test,*.wild.test CN=Test CA,O=Outrider,C=DE a.test -");
    authority.run("x509", "-in", "client.pem", "-outform", "DER", "-out", "client.der");
    var digest =
        MessageDigest.getInstance("SHA-256")
            .digest(Files.readAllBytes(authority.file("client.der")));
    assertThat(lines.poll(5, SECONDS)).isEqualTo(HexFormat.of().formatHex(digest));
    assertThat(upstream.heads.getFirst()).contains("x-forwarded-proto: https");
  }

  private String forwarded(ClientCertForwarding options, @Nullable Pair shown) throws Exception {
    proxy.forwarding = ForwardingOptions.DEFAULT.with(options);
    start(
        ServerTlsSpec.of(identity(CertificateValidation.trusting(authority.ca()), server), false));
    try (var socket = new TlsClient(proxy.port(), shown).connect()) {
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-client-cert: By=x\r\nconnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().readAllBytes();
    }
    return upstream
        .heads
        .getLast()
        .lines()
        .filter(line -> line.startsWith("x-forwarded-client-cert: "))
        .map(line -> line.substring("x-forwarded-client-cert: ".length()))
        .findFirst()
        .orElse("(none)");
  }

  @Test
  void forwardsTheCertificateOfAClientAsAsked() throws Exception {
    authority.run("x509", "-in", "client.pem", "-outform", "DER", "-out", "client.der");
    var digest =
        MessageDigest.getInstance("SHA-256")
            .digest(Files.readAllBytes(authority.file("client.der")));
    var own =
        "Hash="
            + HexFormat.of().formatHex(digest)
            + ";Subject=\"CN=client\";URI=spiffe://cluster/ns/x";

    assertThat(forwarded(asked(Mode.SANITIZE), client)).isEqualTo("(none)");
    assertThat(forwarded(asked(Mode.FORWARD_ONLY), client)).isEqualTo("By=x");
    assertThat(forwarded(asked(Mode.FORWARD_ONLY), null)).isEqualTo("(none)");
    assertThat(forwarded(asked(Mode.APPEND_FORWARD), client)).isEqualTo("By=x," + own);
    assertThat(forwarded(asked(Mode.SANITIZE_SET), client)).isEqualTo(own);
    assertThat(forwarded(asked(Mode.SANITIZE_SET), null)).isEqualTo("(none)");
    assertThat(forwarded(asked(Mode.ALWAYS_FORWARD_ONLY), null)).isEqualTo("By=x");
  }

  @Test
  void passesNothingForgedOnWhateverACertificateIsCalled() throws Exception {
    var odd = authority.signed("odd", "ec", "/CN=o\u0001dd", "");

    assertThat(forwarded(asked(Mode.SANITIZE_SET), odd))
        .startsWith("Hash=")
        .endsWith(";Subject=\"CN=o\\01dd\";URI=");
  }

  @Test
  void letsNobodyInWithoutACertificateWhereOneIsPinned() throws Exception {
    authority.run("x509", "-in", "client.pem", "-outform", "DER", "-out", "client.der");
    var digest =
        MessageDigest.getInstance("SHA-256")
            .digest(Files.readAllBytes(authority.file("client.der")));
    var pinned =
        new CertificateValidation(
            null,
            Map.of(),
            List.of(),
            List.of(HexFormat.of().formatHex(digest)),
            List.of(),
            null,
            false,
            false,
            false,
            CertificateValidation.DEFAULT_MAX_DEPTH);
    start(ServerTlsSpec.of(identity(pinned, server), false));

    assertThat(new TlsClient(proxy.port(), client).get("/echo")).startsWith("HTTP/1.1 200 OK");
    assertThatThrownBy(() -> new TlsClient(proxy.port(), null).get("/echo"))
        .isInstanceOf(SSLException.class);
    assertThatThrownBy(
            () -> new TlsClient(proxy.port(), authority.selfSigned("p", "/CN=p")).get("/echo"))
        .isInstanceOf(SSLException.class);
    assertThat(eventually(proxy, "listener.main.ssl.fail_verify_cert_hash", 1)).isEqualTo(1);
  }

  /// Else a policy over names is evaded by another spelling.
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void takesTheAskedNameInLowerCase(String version) throws Exception {
    var names = new LinkedBlockingQueue<String>();
    proxy.loggers.add(info -> names.add(info.connection().serverName()));
    start(ServerTlsSpec.of(identity(null, server), false));

    var answer = new TlsClient(proxy.port(), null).sni("A.Test").versions(version).get("/echo");

    assertThat(answer).startsWith("HTTP/1.1 200 OK");
    assertThat(names.poll(5, SECONDS)).isEqualTo("a.test");
  }

  /// As service meshes call their clusters.
  @Test
  void asksForNamesThatNoHostMayHave() throws Exception {
    var names = new LinkedBlockingQueue<String>();
    proxy.loggers.add(info -> names.add(info.connection().serverName()));
    start(ServerTlsSpec.of(identity(null, server), false));
    var name = "outbound_.80_._.svc.ns.svc.cluster.local";
    var spec =
        new ClientTlsSpec(
            new TlsIdentity(TlsParameters.DEFAULT, List.of(), null, List.of()),
            name,
            false,
            false,
            true);
    var tls = new ClientTls(spec);
    try (var front = new TestProxy(1)) {
      var plain =
          Cluster.withDefaults("secure", new Discovery.Static(new Assignment("secure", List.of())));
      front.cluster(plain.toBuilder().tls(tls).build(), proxy.port()).route("/", "secure").start();

      try (var caller = front.client()) {
        assertThat(caller.get("/echo").read().code()).isEqualTo(200);
      }
    }
    assertThat(names.poll(5, SECONDS)).isEqualTo(name);
  }

  private static ClientCertForwarding asked(Mode mode) {
    return new ClientCertForwarding(mode, false, false, true, true, true);
  }
}
