package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.tls.SecretBytes;
import dev.outrider.proxy.tls.ServerTls;
import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.tls.TestCertificates.Pair;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.GenericSecret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets that come from a service of their own (`api_config_source`), on a paused loop.
class SecretServiceTest {
  private static final String EXPIRES = ".expiration_unix_time_seconds";

  @TempDir static Path folder;
  private static Pair one;
  private static Pair two;

  private final Proxy proxy = Proxy.running();
  private final FakeControlPlane plane = proxy.controlPlane;
  private final FakeControlPlane service = proxy.secretService;

  @BeforeAll
  static void makeCertificates() {
    var authority = new TestCertificates(folder);
    one = authority.signed("one", "ec", "/CN=one", "DNS:one.test");
    two = authority.signed("two", "ec", "/CN=two", "DNS:two.test");
  }

  private static DataSource inline(SecretBytes pem) {
    return DataSource.newBuilder().setInlineBytes(ByteString.copyFrom(pem.bytes())).build();
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

  private static Secret certificate(Pair pair) {
    return certificate("own", pair.chain(), pair.key());
  }

  private static SdsSecretConfig from(String cluster, ApiType type) {
    var source =
        ApiConfigSource.newBuilder()
            .setApiType(type)
            .setTransportApiVersion(ApiVersion.V3)
            .setSetNodeOnFirstMessageOnly(true)
            .addGrpcServices(
                GrpcService.newBuilder()
                    .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName(cluster)));
    return SdsSecretConfig.newBuilder()
        .setName("own")
        .setSdsConfig(
            ConfigSource.newBuilder()
                .setApiConfigSource(source)
                .setResourceApiVersion(ApiVersion.V3))
        .build();
  }

  private static Listener listener(SdsSecretConfig secret) {
    var context = DownstreamTlsContext.newBuilder();
    context.getCommonTlsContextBuilder().addTlsCertificateSdsSecretConfigs(secret);
    var plain = Resources.listener("s", 10001, Resources.rdsHcm("r"));
    plain
        .getFilterChainsBuilder(0)
        .setTransportSocket(
            TransportSocket.newBuilder().setName("tls").setTypedConfig(Any.pack(context.build())));
    return plain.build();
  }

  private void offer(SdsSecretConfig secret) {
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        listener(secret));
    proxy.loop.runTasks();
  }

  private ServerTls tls() {
    var tls = proxy.listener("s").chains().all().getFirst().tls();
    return Objects.requireNonNull(tls).server();
  }

  private List<String> shown() {
    return tls().certificates().stream().map(shown -> shown.info().subject()).toList();
  }

  private boolean serves() {
    return proxy.active().listeners().containsKey("s");
  }

  @Test
  void asksTheServiceForTheSecretAndNobodyElse() {
    offer(from("xds", ApiType.GRPC));

    var asked = service.request(ResourceKind.SECRET);
    assertThat(asked.getResourceNamesList()).containsExactly("own");
    assertThat(asked.hasNode()).isTrue();
    assertThat(serves()).as("it warms").isFalse();
    while (plane.hasRequests()) {
      assertThat(plane.request().getTypeUrl()).isNotEqualTo(ResourceKind.SECRET.typeUrl());
    }

    var nonce = service.respond(ResourceKind.SECRET, "1", certificate(one));
    proxy.loop.runTasks();

    assertThat(serves()).isTrue();
    assertThat(shown()).containsExactly("CN=one");
    var accepted = service.request(ResourceKind.SECRET);
    assertThat(accepted.getVersionInfo()).isEqualTo("1");
    assertThat(accepted.getResponseNonce()).isEqualTo(nonce);
    assertThat(accepted.hasErrorDetail()).isFalse();
    assertThat(accepted.hasNode()).isFalse();
    assertThat(proxy.stat("sds.own.update_success")).isEqualTo(1);
    assertThat(text("sds.own.version_text")).isEqualTo("1");
    assertThat(proxy.stat("listener.127.0.0.1_10001.ssl.certificate.own" + EXPIRES))
        .isEqualTo(tls().certificates().getFirst().info().expires().getEpochSecond());
  }

  private @Nullable String text(String name) {
    for (var stat : proxy.metrics.snapshot()) {
      if (stat instanceof StatValue.Text(var called, var value) && called.equals(name)) {
        return value;
      }
    }
    return null;
  }

  @Test
  void rotatesAndRefusesWhatCannotBeUsed() {
    offer(from("xds", ApiType.GRPC));
    service.respond(ResourceKind.SECRET, "1", certificate(one));
    proxy.loop.runTasks();
    drain();

    service.respond(
        ResourceKind.SECRET, "2", certificate("own", two.chain(), one.key())); // of another
    proxy.loop.runTasks();
    var refused = service.request(ResourceKind.SECRET);
    assertThat(refused.getVersionInfo()).isEqualTo("1");
    assertThat(refused.getErrorDetail().getMessage()).contains("own");
    assertThat(shown()).containsExactly("CN=one");

    service.respond(ResourceKind.SECRET, "3", certificate("other", two.chain(), two.key()));
    proxy.loop.runTasks();
    assertThat(service.request(ResourceKind.SECRET).getErrorDetail().getMessage())
        .contains("Unexpected SDS secret (expecting own): other");

    assertThat(proxy.stat("sds.own.update_rejected")).isEqualTo(2);
    assertThat(proxy.configuration.failed(ResourceKind.SECRET).values())
        .singleElement()
        .satisfies(
            failed -> {
              assertThat(failed.version()).isEqualTo("3");
              assertThat(failed.details()).contains("Unexpected SDS secret");
            });

    service.respond(ResourceKind.SECRET, "5", certificate(two));
    proxy.loop.runTasks();
    assertThat(shown()).containsExactly("CN=two");
    assertThat(service.request(ResourceKind.SECRET).getVersionInfo()).isEqualTo("5");
    assertThat(proxy.configuration.failed(ResourceKind.SECRET)).isEmpty();
  }

  @Test
  void tellsOfItsConversation() {
    offer(from("xds", ApiType.GRPC));
    assertThat(proxy.stat("sds.own.control_plane.connected_state")).isZero();

    service.connect();

    assertThat(proxy.stat("sds.own.control_plane.connected_state")).isEqualTo(1);
    assertThat(proxy.stat("sds.own.control_plane.pending_requests")).isZero();
  }

  @Test
  void anAnswerWithoutResourcesSaysNothing() {
    offer(from("xds", ApiType.GRPC));
    drain();

    service.respond(ResourceKind.SECRET, "4");
    proxy.loop.runTasks();

    var ack = service.request(ResourceKind.SECRET);
    assertThat(ack.hasErrorDetail()).isFalse();
    assertThat(ack.getVersionInfo()).isEqualTo("4");
    assertThat(proxy.stat("sds.own.update_rejected")).isZero();
    assertThat(proxy.stat("sds.own.update_attempt")).as("as in Envoy").isEqualTo(1);

    service.respond(ResourceKind.SECRET, "5", certificate(one));
    proxy.loop.runTasks();
    assertThat(shown()).containsExactly("CN=one");
    service.respond(ResourceKind.SECRET, "6");
    proxy.loop.runTasks();
    assertThat(shown()).as("nor does it take away").containsExactly("CN=one");
  }

  private void drain() {
    while (service.hasRequests()) {
      service.request();
    }
  }

  @Test
  void comesBackWhenTheServiceWasGone() {
    offer(from("xds", ApiType.GRPC));
    service.respond(ResourceKind.SECRET, "1", certificate(one));
    proxy.loop.runTasks();

    service.drop("restarted");
    assertThat(shown()).as("what was there stays").containsExactly("CN=one");
    assertThat(proxy.stat("sds.own.update_failure")).isEqualTo(1);
    proxy.advance(Duration.ofSeconds(1));

    var again = service.request(ResourceKind.SECRET);
    assertThat(again.getResourceNamesList()).containsExactly("own");
    assertThat(again.getResponseNonce()).isEmpty();
    assertThat(again.hasNode()).isTrue();
  }

  @Test
  void answersAndGoesOnAfterAFailureOfItsOwn() {
    offer(from("xds", ApiType.GRPC));
    service.request(ResourceKind.SECRET);
    proxy.failsNext = true; // what the secret makes serve

    service.respond(ResourceKind.SECRET, "1", certificate(one));
    proxy.loop.runTasks();

    assertThat(service.request(ResourceKind.SECRET).getErrorDetail().getMessage())
        .contains("secret 'own'")
        .contains("internal error")
        .contains("planted");
    service.respond(ResourceKind.SECRET, "2", certificate(two));
    proxy.loop.runTasks();
    assertThat(service.request(ResourceKind.SECRET).getVersionInfo()).isEqualTo("2");
    assertThat(shown()).containsExactly("CN=two");
  }

  @Test
  void aHeartbeatLeavesTheSecretAsItWasAndTheStreamGoesOn() { // X27
    offer(from("xds", ApiType.GRPC));
    var lasting = Resource.newBuilder().setName("own").setTtl(Resources.seconds(5));
    var whole = lasting.clone().setResource(Any.pack(certificate(one))).build();
    service.respondPacked(ResourceKind.SECRET.typeUrl(), "1", Any.pack(whole));
    proxy.loop.runTasks();
    drain();

    var beat = service.respondPacked(ResourceKind.SECRET.typeUrl(), "1", Any.pack(lasting.build()));
    proxy.loop.runTasks();

    var answer = service.request(ResourceKind.SECRET);
    assertThat(answer.getResponseNonce()).isEqualTo(beat);
    assertThat(answer.hasErrorDetail()).isFalse();
    assertThat(shown()).containsExactly("CN=one");
    service.respond(ResourceKind.SECRET, "2", certificate(two));
    proxy.loop.runTasks();
    assertThat(shown()).containsExactly("CN=two");
  }

  @Test
  void speaksDeltaIfToldSo() {
    offer(from("xds", ApiType.DELTA_GRPC));

    assertThat(service.deltaRequest(ResourceKind.SECRET).getResourceNamesSubscribeList())
        .containsExactly("own");
    service.change(ResourceKind.SECRET, "1", Map.of("own", certificate(one)));
    proxy.loop.runTasks();

    assertThat(shown()).containsExactly("CN=one");
    assertThat(service.deltaRequest(ResourceKind.SECRET).hasErrorDetail()).isFalse();
  }

  @Test
  void doesNotWaitForASecretThatTheServiceDoesNotHave() {
    offer(from("xds", ApiType.DELTA_GRPC));
    service.deltaRequest(ResourceKind.SECRET);
    assertThat(proxy.active().listeners()).doesNotContainKey("s");

    var nonce = service.change(ResourceKind.SECRET, "1", Map.of(), "own");
    proxy.loop.runTasks();

    var answer = service.deltaRequest(ResourceKind.SECRET);
    assertThat(answer.getResponseNonce()).isEqualTo(nonce);
    assertThat(answer.hasErrorDetail()).isFalse();
    assertThat(proxy.active().listeners()).containsKey("s");
  }

  @Test
  void endsTheConversationWithTheLastWhoNeedsTheSecret() {
    offer(from("xds", ApiType.GRPC));
    service.respond(ResourceKind.SECRET, "1", certificate(one));
    proxy.loop.runTasks();
    assertThat(service.connected()).isTrue();

    plane.respond(
        ResourceKind.LISTENER, "3", Resources.listener("l", 10000, Resources.rdsHcm("r")).build());
    proxy.loop.runTasks();

    assertThat(service.connected()).isFalse();
    assertThat(text("sds.own.version_text")).isNull();
    assertThat(proxy.metrics.snapshot())
        .as("nobody shows it any more")
        .noneMatch(stat -> stat.name().endsWith(EXPIRES));
  }

  @Test
  void refusesAServiceThatCannotBeReached() {
    while (plane.hasRequests()) {
      plane.request();
    }
    offer(from("a", ApiType.GRPC)); // is there, but not static

    String text = "";
    while (plane.hasRequests()) {
      text += plane.request().getErrorDetail().getMessage();
    }
    assertThat(text)
        .contains(
            "Unknown gRPC client cluster 'a': it must be a static cluster of type STATIC with an"
                + " endpoint");
    assertThat(service.connected()).isFalse();
  }

  @Test
  void aCheckAsksForNoSecret() {
    var context = UpstreamTlsContext.newBuilder();
    context
        .getCommonTlsContextBuilder()
        .addTlsCertificateSdsSecretConfigs(from("xds", ApiType.GRPC));
    var secure =
        Resources.staticCluster("secure", 1)
            .setTransportSocket(
                TransportSocket.newBuilder()
                    .setName("tls")
                    .setTypedConfig(Any.pack(context.build())));
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap.getStaticResourcesBuilder().addClusters(secure);
    var checked = new Proxy();
    var started = new Proxy();

    assertThat(checked.check(bootstrap)).isEmpty();
    assertThat(started.startWithProblems(bootstrap)).isEmpty();

    assertThat(started.secretService.streams()).isEqualTo(1);
    assertThat(checked.secretService.streams()).isZero();
  }

  @Test
  void refusesAServiceThatIsNoneAtTheStart() {
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap
        .getStaticResourcesBuilder()
        .addListeners(listener(from("nowhere", ApiType.REST)))
        .addListeners(
            listener(from("nowhere", ApiType.GRPC)).toBuilder()
                .setName("t")
                .setAddress(Resources.listener("t", 10002, Resources.rdsHcm("r")).getAddress()));

    var texts =
        new Proxy().startWithProblems(bootstrap).stream().map(problem -> problem.text()).toList();

    assertThat(texts)
        .anyMatch(text -> text.contains("API configs must have either"))
        .anyMatch(text -> text.contains("Unknown gRPC client cluster 'nowhere'"));
  }

  /// It is held for whoever asks for it by name; a certificate it is not.
  @Test
  void holdsGenericSecretsOfTheBootstrap() {
    var generic =
        Secret.newBuilder()
            .setName("token")
            .setGenericSecret(
                GenericSecret.newBuilder().setSecret(DataSource.newBuilder().setInlineString("x")))
            .build();
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap.getStaticResourcesBuilder().addSecrets(generic);
    var started = new Proxy();

    assertThat(started.startWithProblems(bootstrap)).isEmpty();
    assertThat(started.secrets.fixed().find(Secret.TypeCase.GENERIC_SECRET, "token"))
        .isEqualTo(generic);

    offer(from("xds", ApiType.GRPC));
    drain();
    service.respond(ResourceKind.SECRET, "1", generic.toBuilder().setName("own").build());
    proxy.loop.runTasks();
    assertThat(service.request(ResourceKind.SECRET).getErrorDetail().getMessage())
        .contains("holds generic_secret where tls_certificate is asked for");
  }
}
