package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.config.DownstreamTls;
import dev.outrider.proxy.tls.SecretBytes;
import dev.outrider.proxy.tls.ServerTls;
import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.tls.TestCertificates.Pair;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets that a control plane sends, on a paused loop.
class SecretsTest {
  @TempDir static Path folder;
  private static TestCertificates authority;
  private static Pair one;
  private static Pair two;

  private final Proxy proxy = Proxy.running();
  private final FakeControlPlane plane = proxy.controlPlane;

  @BeforeAll
  static void makeCertificates() {
    authority = new TestCertificates(folder);
    one = authority.signed("one", "ec", "/CN=one", "DNS:one.test");
    two = authority.signed("two", "ec", "/CN=two", "DNS:two.test");
  }

  private static DataSource inline(SecretBytes pem) {
    return DataSource.newBuilder()
        .setInlineBytes(com.google.protobuf.ByteString.copyFrom(pem.bytes()))
        .build();
  }

  private static Secret certificate(String name, SecretBytes chain, SecretBytes key) {
    return Secret.newBuilder()
        .setName(name)
        .setTlsCertificate(
            TlsCertificate.newBuilder()
                .setCertificateChain(inline(chain))
                .setPrivateKey(inline(key)))
        .build();
  }

  private static Secret certificate(String name, Pair pair) {
    return certificate(name, pair.chain(), pair.key());
  }

  private static Secret trust(String name) {
    return Secret.newBuilder()
        .setName(name)
        .setValidationContext(
            CertificateValidationContext.newBuilder().setTrustedCa(inline(authority.ca())))
        .build();
  }

  private static SdsSecretConfig ads(String name) {
    return SdsSecretConfig.newBuilder().setName(name).setSdsConfig(Resources.ads()).build();
  }

  private static CommonTlsContext.Builder common(String... names) {
    var common = CommonTlsContext.newBuilder();
    for (var name : names) {
      common.addTlsCertificateSdsSecretConfigs(ads(name));
    }
    return common;
  }

  private static DownstreamTlsContext.Builder downstream(CommonTlsContext.Builder common) {
    return DownstreamTlsContext.newBuilder().setCommonTlsContext(common);
  }

  private static Listener listener(DownstreamTlsContext.Builder context) {
    return listener("s", context);
  }

  private static Listener listener(String name, DownstreamTlsContext.Builder context) {
    var plain = Resources.listener(name, 10001, Resources.rdsHcm("r"));
    plain
        .getFilterChainsBuilder(0)
        .setTransportSocket(
            TransportSocket.newBuilder().setName("tls").setTypedConfig(Any.pack(context.build())));
    return plain.build();
  }

  private void offer(String version, DownstreamTlsContext.Builder context) {
    plane.respond(
        ResourceKind.LISTENER,
        version,
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        listener(context));
    while (plane.hasRequests()) {
      plane.request();
    }
  }

  private ServerTls tls() {
    DownstreamTls tls = proxy.listener("s").chains().all().getFirst().tls();
    return Objects.requireNonNull(tls).server();
  }

  private List<String> shown() {
    return tls().certificates().stream()
        .filter(shown -> !shown.trusted())
        .map(shown -> shown.info().subject())
        .toList();
  }

  private boolean serves() {
    return proxy.active().listeners().containsKey("s");
  }

  @Test
  void asksForTheSecretAndWarmsUntilItIsThere() {
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        listener(downstream(common("own"))));

    assertThat(proxy.configuration.held().warmingListeners()).hasSize(1);
    assertThat(serves()).isFalse();
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();

    assertThat(serves()).isTrue();
    assertThat(shown()).containsExactly("CN=one");
    assertThat(proxy.stat("sds.own.update_success")).isEqualTo(1);
    assertThat(
            proxy.stat(
                "listener.127.0.0.1_10001.server_ssl_socket_factory.ssl_context_update_by_sds"))
        .isEqualTo(1);
  }

  @Test
  void rotatesInPlace() { // X24
    offer("2", downstream(common("own")));
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();
    var before = proxy.listener("s");
    proxy.changes.clear();

    plane.respond(ResourceKind.SECRET, "2", certificate("own", two));
    proxy.loop.runTasks();

    assertThat(shown()).containsExactly("CN=two");
    assertThat(proxy.listener("s")).isSameAs(before);
    assertThat(proxy.changes).isEmpty();
  }

  @Test
  void refusesASecretOfWhichNoContextCanBeMadeAndKeepsTheOld() {
    offer("2", downstream(common("own")));
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();
    plane.request(ResourceKind.SECRET);

    plane.respond(ResourceKind.SECRET, "2", certificate("own", two.chain(), one.key()));
    proxy.loop.runTasks();

    var nack = plane.request(ResourceKind.SECRET);
    assertThat(nack.getVersionInfo()).isEqualTo("1");
    assertThat(nack.getErrorDetail().getMessage()).contains("KEY_VALUES_MISMATCH");
    plane.respond(ResourceKind.SECRET, "3", trust("own"));
    proxy.loop.runTasks();
    assertThat(plane.request(ResourceKind.SECRET).getErrorDetail().getMessage())
        .contains("holds validation_context where tls_certificate is asked for");
    assertThat(shown()).containsExactly("CN=one");
    assertThat(proxy.stat("sds.own.update_rejected")).isEqualTo(2);
    plane.respond(ResourceKind.SECRET, "4", certificate("own", two));
    proxy.loop.runTasks();
    assertThat(shown()).containsExactly("CN=two");
  }

  @Test
  void keepsASecretWhoseLastUserIsReplacedInOneResponse() {
    offer("2", downstream(common("own")));
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();
    plane.request(ResourceKind.SECRET);

    plane.respond(
        ResourceKind.LISTENER,
        "3",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        listener("renamed", downstream(common("own"))));

    assertThat(serves()).isFalse();
    var tls = Objects.requireNonNull(proxy.listener("renamed").chains().all().getFirst().tls());
    assertThat(tls.server().ready()).isTrue();
    plane.request(ResourceKind.LISTENER);
    plane.expectSilence();
    plane.respond(ResourceKind.SECRET, "2", certificate("own", two));
    proxy.loop.runTasks();
    assertThat(tls.server().certificates().getFirst().info().subject()).isEqualTo("CN=two");
  }

  /// Trust that a listener can use, and a cluster that compares names cannot.
  private static Secret hashOnly(String name) {
    return Secret.newBuilder()
        .setName(name)
        .setValidationContext(
            CertificateValidationContext.newBuilder().addVerifyCertificateHash("ab".repeat(32)))
        .build();
  }

  private void offerTwoWhoShareTrust() {
    var upstream =
        UpstreamTlsContext.newBuilder()
            .setSni("a.test")
            .setAutoSniSanValidation(true)
            .setCommonTlsContext(
                CommonTlsContext.newBuilder().setValidationContextSdsSecretConfig(ads("trust")));
    plane.respond(
        ResourceKind.CLUSTER,
        "2",
        Resources.staticCluster("a", 9001).build(),
        Resources.staticCluster("t", 9003)
            .setTransportSocket(
                TransportSocket.newBuilder()
                    .setName("tls")
                    .setTypedConfig(Any.pack(upstream.build())))
            .build());
    offer("2", downstream(common("own").setValidationContextSdsSecretConfig(ads("trust"))));
  }

  @Test
  void givesEverybodyTheOldSecretBackIfOneCannotUseTheNew() {
    offerTwoWhoShareTrust();
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one), trust("trust"));
    proxy.loop.runTasks();
    while (plane.hasRequests()) {
      plane.request();
    }
    assertThat(trustedByListener()).isTrue();

    plane.respond(ResourceKind.SECRET, "2", certificate("own", one), hashOnly("trust"));
    proxy.loop.runTasks();

    assertThat(plane.request(ResourceKind.SECRET).getErrorDetail().getMessage())
        .contains("without configuring a trusted CA");
    assertThat(trustedByListener()).as("not the refused one").isTrue();
    assertThat(Objects.requireNonNull(proxy.cluster("t").tls()).ready()).isTrue();
  }

  @Test
  void goesBackToWhatWasUsedIfTwoThatCannotBeOverlap() {
    offer("2", downstream(common("own")));
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();

    take("2", trust("own"));
    take("3", certificate("own", two.chain(), one.key()));
    proxy.loop.runTasks();

    assertThat(shown()).containsExactly("CN=one");
    var newest = proxy.secrets.newest(new ResourceKey(ResourceKind.SECRET, "own"));
    assertThat(Objects.requireNonNull(newest).version()).isEqualTo("1");
  }

  /// As from a file, while another may still be judged.
  private void take(String version, Secret secret) {
    var resource = new Resource.SecretResource(secret, secret, java.util.Set.of());
    var _ =
        proxy.secrets.take(
            new ResourceKey(ResourceKind.SECRET, "own"), proxy.secrets.held(resource, version));
  }

  @Test
  void takesContextsAwayThatAreMadeOfARefusedSecretWithNothingBeforeIt() {
    offerTwoWhoShareTrust();
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one), hashOnly("trust"));
    proxy.loop.runTasks();

    assertThat(serves()).as("it goes on without, as when nothing comes").isTrue();
    assertThat(tls().ready()).isFalse();

    plane.respond(ResourceKind.SECRET, "2", certificate("own", one), trust("trust"));
    proxy.loop.runTasks();
    assertThat(trustedByListener()).isTrue();
    assertThat(Objects.requireNonNull(proxy.cluster("t").tls()).ready()).isTrue();
  }

  private boolean trustedByListener() {
    var spec = Objects.requireNonNull(tls().spec());
    return tls().ready()
        && Objects.requireNonNull(spec.identity().validation()).trustedCa() != null;
  }

  @Test
  void goesOnAfterAFailureOfItsOwn() {
    offer("2", downstream(common("own")));
    proxy.failsNext = true; // what the secret makes serve

    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();

    assertThat(plane.request(ResourceKind.SECRET).getErrorDetail().getMessage())
        .contains("internal error")
        .contains("planted");
    plane.respond(ResourceKind.SECRET, "2", certificate("own", two));
    proxy.loop.runTasks();
    assertThat(plane.request(ResourceKind.SECRET).getVersionInfo()).isEqualTo("2");
    assertThat(shown()).containsExactly("CN=two");
  }

  @Test
  void forgetsTheTimerOfASecretThatIsNeededTwice() {
    var patient = ads("own").toBuilder();
    patient.getSdsConfigBuilder().setInitialFetchTimeout(Resources.seconds(20));
    var common = common("own").addTlsCertificateSdsSecretConfigs(patient);
    offer("2", downstream(common));
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();
    assertThat(serves()).isTrue();

    proxy.advance(Duration.ofSeconds(30));

    assertThat(proxy.stat("sds.own.init_fetch_timeout")).isZero();
  }

  @Test
  void startsWithoutWhenTheSecretDoesNotCome() { // X25
    offer("2", downstream(common("own")));
    assertThat(serves()).isFalse();

    proxy.advance(Duration.ofSeconds(16));

    assertThat(serves()).isTrue();
    assertThat(tls().ready()).isFalse();
    assertThat(tls().lease()).isNull();
    assertThat(proxy.stat("sds.own.init_fetch_timeout")).isEqualTo(1);
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();
    assertThat(shown()).containsExactly("CN=one");
  }

  @Test
  void mergesWhatComesIntoWhatIsConfigured() {
    var common =
        common("own")
            .setCombinedValidationContext(
                CombinedCertificateValidationContext.newBuilder()
                    .setDefaultValidationContext(
                        CertificateValidationContext.newBuilder()
                            .addMatchTypedSubjectAltNames(
                                SubjectAltNameMatcher.newBuilder()
                                    .setSanType(SubjectAltNameMatcher.SanType.DNS)
                                    .setMatcher(StringMatcher.newBuilder().setExact("a.test"))))
                    .setValidationContextSdsSecretConfig(ads("trust")));
    offer("2", downstream(common));
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();
    assertThat(serves()).isFalse();

    plane.respond(ResourceKind.SECRET, "2", certificate("own", one), trust("trust"));
    proxy.loop.runTasks();

    assertThat(serves()).isTrue();
    var spec = Objects.requireNonNull(tls().spec());
    var validation = Objects.requireNonNull(spec.identity().validation());
    assertThat(validation.trustedCa()).isNotNull();
    assertThat(validation.sans()).hasSize(1);
  }

  @Test
  void takesTicketKeysAndValidationByName() {
    var keys =
        Secret.newBuilder()
            .setName("tickets")
            .setSessionTicketKeys(
                TlsSessionTicketKeys.newBuilder()
                    .addKeys(inline(new SecretBytes(new byte[80], "keys"))))
            .build();
    offer(
        "2",
        downstream(common("own").setValidationContextSdsSecretConfig(ads("trust")))
            .setSessionTicketKeysSdsSecretConfig(ads("tickets")));

    plane.respond(ResourceKind.SECRET, "1", keys, certificate("own", one), trust("trust"));
    proxy.loop.runTasks();

    var spec = Objects.requireNonNull(tls().spec());
    assertThat(spec.ticketKeys()).hasSize(1);
    assertThat(spec.identity().validation()).isNotNull();
  }

  @Test
  void warmsAClusterToo() {
    var context =
        UpstreamTlsContext.newBuilder()
            .setCommonTlsContext(
                CommonTlsContext.newBuilder().setValidationContextSdsSecretConfig(ads("trust")));
    plane.respond(
        ResourceKind.CLUSTER,
        "2",
        Resources.staticCluster("t", 9003)
            .setTransportSocket(
                TransportSocket.newBuilder()
                    .setName("tls")
                    .setTypedConfig(Any.pack(context.build())))
            .build());
    assertThat(proxy.active().clusters()).doesNotContainKey("t");

    plane.respond(ResourceKind.SECRET, "1", trust("trust"));
    proxy.loop.runTasks();

    assertThat(Objects.requireNonNull(proxy.cluster("t").tls()).ready()).isTrue();
    assertThat(proxy.stat("cluster.t.client_ssl_socket_factory.ssl_context_update_by_sds"))
        .isEqualTo(1);
  }

  @Test
  void givesNativeMemoryBackWhenVersionsAreReplacedAndNobodyUsesThem() {
    offer("2", downstream(common("own")));
    plane.respond(ResourceKind.SECRET, "1", certificate("own", one));
    proxy.loop.runTasks();
    var first = Objects.requireNonNull(tls().lease());
    plane.respond(ResourceKind.SECRET, "2", certificate("own", two));
    proxy.loop.runTasks();
    var end = tls();
    var second = Objects.requireNonNull(end.lease());

    assertThat(references(first.ssl())).as("what the lease holds").isEqualTo(1);
    first.release();
    assertThat(references(first.ssl())).isZero();
    assertThat(references(second.ssl())).isEqualTo(2);

    end.retain(); // as a worker that serves it
    plane.respond(
        ResourceKind.LISTENER, "3", Resources.listener("l", 10000, Resources.rdsHcm("r")).build());
    proxy.loop.runTasks();
    assertThat(references(second.ssl())).as("the worker is not done").isEqualTo(2);
    second.release();
    end.release();
    assertThat(references(second.ssl())).isZero();
    assertThat(end.lease()).isNull();
  }

  /// Of the context in native memory.
  private static int references(Object context) {
    return ((io.netty.util.ReferenceCounted) context).refCnt();
  }

  @Test
  void refusesASourceThatItDoesNotHave() {
    var common =
        CommonTlsContext.newBuilder()
            .addTlsCertificateSdsSecretConfigs(SdsSecretConfig.newBuilder().setName("missing"));

    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        listener(downstream(common)));

    assertThat(plane.request(ResourceKind.LISTENER).getErrorDetail().getMessage())
        .contains("Unknown static secret: missing");
  }

  @Test
  void neverPrintsASecret() {
    assertThat(
            new Resource.SecretResource(
                    certificate("own", one), certificate("own", one), java.util.Set.of())
                .toString())
        .isEqualTo("secret 'own'");
  }
}
