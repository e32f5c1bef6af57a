package dev.outrider.proxy.xds.secret;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.tls.CertificateValidation;
import dev.outrider.proxy.tls.SanType;
import dev.outrider.proxy.tls.SecretBytes;
import dev.outrider.proxy.tls.ServerTlsSpec;
import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.tls.TestCertificates.Pair;
import dev.outrider.proxy.tls.TlsParameters;
import dev.outrider.proxy.tls.TlsVersion;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsReaderTest {
  private static final String TYPE =
      "'@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.";
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final String SPKI = "NvqYIYSbgK2vCJpQhObf77vv+bQWtc5ek5RIOwPiC9A=";

  @TempDir static Path folder;
  private static TestCertificates authority;
  private static Pair one;
  private static Pair two;

  @BeforeAll
  static void makeCertificates() {
    authority = new TestCertificates(folder);
    one = authority.signed("one", "ec", "/CN=one", "DNS:one.test");
    two = authority.signed("two", "rsa", "/CN=two", "");
    authority.run(
        "pkcs12",
        "-export",
        "-in",
        "two.pem",
        "-inkey",
        "two.key",
        "-passout",
        "pass:secret",
        "-out",
        "two.p12");
    authority.run(
        "pkcs8", "-topk8", "-in", "one.key", "-passout", "pass:secret", "-out", "one.enc");
  }

  private static String file(String name) {
    return "{filename: '" + authority.file(name) + "'}";
  }

  private static String inline(SecretBytes pem) {
    var text = new String(pem.bytes(), StandardCharsets.US_ASCII);
    return "{inline_string: \"" + text.replace("\n", "\\n") + "\"}";
  }

  private static String own() {
    return "tls_certificates: [{certificate_chain: %s, private_key: %s}]"
        .formatted(file("one.pem"), file("one.key"));
  }

  private static Parsed<? extends Resource> listener(String context) {
    return Yaml.parse(
        ResourceKind.LISTENER,
        """
        name: l
        address: {socket_address: {address: 127.0.0.1, port_value: 80}}
        filter_chains:
        - transport_socket_connect_timeout: 3s
          transport_socket: {name: tls, typed_config: {%sDownstreamTlsContext, %s}}
          filters:
          - name: tcp
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
              stat_prefix: t
              cluster: c
        """
            .formatted(TYPE, context));
  }

  private static Parsed<? extends Resource> cluster(String context) {
    return Yaml.parse(
        ResourceKind.CLUSTER,
        """
        name: c
        type: STATIC
        load_assignment: {cluster_name: c}
        transport_socket: {name: tls, typed_config: {%sUpstreamTlsContext, %s}}
        """
            .formatted(TYPE, context));
  }

  private static ServerTlsSpec server(String context) {
    var parsed = listener(context);
    assertThat(parsed.problems()).isEmpty();
    var resource = (ListenerResource) ((Parsed.Valid<?>) parsed).value();
    var tls = Objects.requireNonNull(resource.listener().chains().all().getFirst().tls());
    assertThat(tls.handshakeTimeoutMillis()).isEqualTo(3_000);
    return Objects.requireNonNull(tls.server().spec());
  }

  private static CertificateValidation validation(String context) {
    var spec =
        server("common_tls_context: {%s, validation_context: {%s}}".formatted(own(), context));
    return Objects.requireNonNull(spec.identity().validation());
  }

  private static String problems(Parsed<?> parsed) {
    return parsed.problems().stream().map(problem -> problem.text()).toList().toString();
  }

  @Test
  void readsWhatBothEndsHave() {
    var identity =
        server(
                """
                common_tls_context: {
                  tls_params: {tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3,
                    cipher_suites: [ECDHE-RSA-AES128-GCM-SHA256], ecdh_curves: [P-256]},
                  tls_certificates: [{certificate_chain: %s, private_key: %s},
                    {pkcs12: %s, password: {inline_string: secret}},
                    {certificate_chain: %s, private_key: %s, password: {inline_string: secret}}],
                  alpn_protocols: [h2, http/1.1]}
                """
                    .formatted(
                        inline(one.chain()),
                        inline(one.key()),
                        file("two.p12"),
                        file("one.pem"),
                        file("one.enc")))
            .identity();

    assertThat(identity.parameters())
        .isEqualTo(
            new TlsParameters(
                TlsVersion.TLS_1_3,
                TlsVersion.TLS_1_3,
                List.of("ECDHE-RSA-AES128-GCM-SHA256"),
                List.of("P-256")));
    assertThat(identity.certificates()).hasSize(3);
    assertThat(identity.alpn()).containsExactly("h2", "http/1.1");
    assertThat(identity.validation()).isNull();
  }

  @Test
  void readsWhatOnlyAServerHas() {
    var key = "{inline_string: " + "k".repeat(80) + "}";
    var spec =
        server(
            """
            common_tls_context: {%s}, require_client_certificate: true,
            session_ticket_keys: {keys: [%s]}, session_timeout: 60s,
            disable_stateful_session_resumption: true,
            full_scan_certs_on_sni_mismatch: true, prefer_client_ciphers: true
            """
                .formatted(own(), key));

    assertThat(spec.requireClientCertificate()).isTrue();
    assertThat(spec.ticketKeys()).hasSize(1);
    assertThat(spec.sessionTimeoutSeconds()).isEqualTo(60);
    assertThat(spec.tickets()).isTrue();
    assertThat(spec.sessionCache()).isFalse();
    assertThat(spec.fullScan()).isTrue();
    assertThat(spec.clientCipherOrder()).isTrue();
    assertThat(
            server(
                    "common_tls_context: {%s}, disable_stateless_session_resumption: true"
                        .formatted(own()))
                .tickets())
        .isFalse();
  }

  @Test
  void readsWhatOnlyAClientHas() {
    var parsed =
        cluster(
            """
            sni: one.test, auto_sni_san_validation: true, max_session_keys: 0,
            common_tls_context: {validation_context: {trusted_ca: {environment_variable: PATH}}}
            """);
    assertThat(problems(parsed)).contains("Failed to load trusted CA certificates from <env PATH>");

    var good =
        cluster(
            "sni: one.test, auto_sni_san_validation: true, auto_host_sni: true, max_session_keys:"
                + " 0, common_tls_context: {validation_context: {trusted_ca: "
                + file("ca.pem")
                + "}}");
    assertThat(good.problems()).isEmpty();
    var resource = (ClusterResource) ((Parsed.Valid<?>) good).value();
    var tls = Objects.requireNonNull(resource.cluster().tls());
    var spec = Objects.requireNonNull(tls.spec());
    assertThat(spec.sni()).isEqualTo("one.test");
    assertThat(spec.nameIsSni()).isTrue();
    assertThat(tls.sni("")).isEqualTo("one.test");
    assertThat(tls.sni("host.test")).isEqualTo("host.test");
    assertThat(spec.sessionResumption()).isFalse();
  }

  /// Each of these would let in whom it seems to keep out.
  @Test
  void refusesWhatWouldVerifyNothing() {
    var sans = "match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: b.test}}]";
    var spiffe =
        "custom_validator_config: {name: envoy.tls.cert_validator.spiffe, typed_config: {'@type':"
            + " type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig}}";

    assertThat(problems(client(sans))).contains("without trusted CA is insecure");
    assertThat(problems(client("allow_expired_certificate: true")))
        .contains("validity period is always ignored without trusted CA");
    assertThat(problems(client(spiffe))).contains("trust_domains");
    assertThat(
            problems(
                cluster(
                    "sni: a, auto_sni_san_validation: true, common_tls_context:"
                        + " {validation_context: {}}")))
        .contains("without configuring a trusted CA");
  }

  private static Parsed<? extends Resource> client(String validation) {
    return cluster("common_tls_context: {validation_context: {" + validation + "}}");
  }

  @Test
  void readsWhatAPeerMustBe() {
    var read =
        validation(
            """
            trusted_ca: %s, verify_certificate_spki: ['%s'], verify_certificate_hash: ['%s'],
            allow_expired_certificate: true, trust_chain_verification: ACCEPT_UNTRUSTED,
            only_verify_leaf_cert_crl: true, max_verify_depth: 3,
            match_typed_subject_alt_names: [{san_type: URI, matcher: {prefix: 'spiffe://a/'}},
              {san_type: DNS, matcher: {exact: b.test}}]
            """
                .formatted(file("ca.pem"), SPKI, HASH));

    assertThat(read.trustedCa()).isNotNull();
    assertThat(read.spki()).containsExactly(SPKI);
    assertThat(read.hashes()).containsExactly(HASH);
    assertThat(read.allowExpired()).isTrue();
    assertThat(read.acceptUntrusted()).isTrue();
    assertThat(read.leafCrlOnly()).isTrue();
    assertThat(read.maxDepth()).isEqualTo(3);
    assertThat(read.sans())
        .extracting(matcher -> matcher.type())
        .containsExactly(SanType.URI, SanType.DNS);
    assertThat(
            validation("match_subject_alt_names: [{suffix: x}], trusted_ca: " + file("ca.pem"))
                .sans())
        .extracting(matcher -> matcher.type())
        .containsExactly(SanType.ANY);
  }

  @Test
  void readsTheBundlesOfSpiffe() {
    var read =
        validation(
            """
            custom_validator_config: {name: envoy.tls.cert_validator.spiffe, typed_config: {
              %sSPIFFECertValidatorConfig, trust_domains: [{name: a.test, trust_bundle: %s}]}}
            """
                .formatted(TYPE, file("ca.pem")));

    assertThat(read.trustBundles()).containsOnlyKeys("a.test");
  }

  @Test
  void saysWhichKeyDoesNotFitAndWhichFileIsMissing() {
    assertThat(
            problems(
                listener(
                    "common_tls_context: {tls_certificates: [{certificate_chain: %s, private_key: %s}]}"
                        .formatted(inline(one.chain()), inline(two.key())))))
        .contains("Failed to load private key from <inline>")
        .contains("KEY_VALUES_MISMATCH");
    assertThat(
            problems(
                listener(
                    "common_tls_context: {tls_certificates: [{certificate_chain: {filename: /none},"
                        + " private_key: {inline_string: x}}]}")))
        .contains("tls_certificates[0].certificate_chain.filename: Invalid path: /none");
    assertThat(
            problems(
                listener(
                    "common_tls_context: {tls_certificates: [{certificate_chain: {inline_string:"
                        + " x}, private_key: {inline_string: x}}]}")))
        .contains("Failed to load certificate chain from <inline>");
    assertThat(problems(listener("common_tls_context: {}"))).contains("at least one certificate");
    assertThat(
            problems(
                listener(
                    "common_tls_context: {%s, validation_context: {crl: %s}}"
                        .formatted(own(), file("ca.pem")))))
        .contains("Failed to load CRL from");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "require_sni: true | require_sni",
        "ocsp_staple_policy: MUST_STAPLE | ocsp_staple_policy",
        "common_tls_context: {key_log: {path: /x}} | common_tls_context.key_log",
        "common_tls_context: {tls_params: {signature_algorithms: [x]}} |"
            + " common_tls_context.tls_params.signature_algorithms",
        "common_tls_context: {validation_context: {system_root_certs: {}}} |"
            + " common_tls_context.validation_context.system_root_certs"
      })
  void refusesWhatItDoesNotActOn(String context, String field) {
    assertThat(problems(listener(context))).contains(field + ": is not supported");
  }
}
