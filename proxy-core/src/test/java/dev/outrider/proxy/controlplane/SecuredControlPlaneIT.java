package dev.outrider.proxy.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.config.DiscoveryService.Call;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.config.GrpcAddress;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.tls.CertificateValidation;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.ClientTlsSpec;
import dev.outrider.proxy.tls.SecretBytes;
import dev.outrider.proxy.tls.TestCertificates;
import dev.outrider.proxy.tls.TestCertificates.Pair;
import dev.outrider.proxy.tls.TlsIdentity;
import dev.outrider.proxy.tls.TlsParameters;
import dev.outrider.proxy.xds.stream.AdsMethod;
import dev.outrider.proxy.xds.stream.AdsTransport;
import dev.outrider.proxy.xds.stream.AdsTransport.End;
import dev.outrider.proxy.xds.stream.AdsTransport.Service;
import dev.outrider.proxy.xds.stream.ControlPlanes;
import dev.outrider.proxy.xds.stream.RestCalls;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Streams to a control plane that asks for a certificate.
class SecuredControlPlaneIT {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  @TempDir static Path folder;
  private static TestCertificates authority;
  private static Path key;
  private static Pair proxy;
  private static Pair other;

  private final ThreadLoop loop = new ThreadLoop();
  private final MetricRegistry metrics = new MetricRegistry(1);
  private final ControlPlanes planes = new ControlPlanes(loop, metrics, RestCalls.NONE);
  private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();

  /// What calls began with that had a token.
  private final LinkedBlockingQueue<String> metadata = new LinkedBlockingQueue<>();

  private final List<AdsTransport.Call> calls = new ArrayList<>();

  private Server server;

  @BeforeAll
  static void makeCertificates() {
    authority = new TestCertificates(folder);
    authority.signed("plane", "ec", "/CN=plane", "DNS:plane.test");
    key = folder.resolve("plane.p8");
    authority.run("pkcs8", "-topk8", "-nocrypt", "-in", "plane.key", "-out", "plane.p8");
    proxy = authority.signed("proxy", "ec", "/CN=proxy", "DNS:proxy.test");
    other = authority.signed("other", "ec", "/CN=other", "DNS:other.test");
  }

  @BeforeEach
  void serve() throws Exception {
    server =
        serve(
            NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
  }

  private Server serve(NettyServerBuilder builder) throws Exception {
    return builder
        .sslContext(secured())
        .addService(
            ServerServiceDefinition.builder(Service.AGGREGATED.fullName())
                .addMethod(method(Service.AGGREGATED), this::answer)
                .build())
        .addService(
            ServerServiceDefinition.builder(Service.SECRETS.fullName())
                .addMethod(method(Service.SECRETS), this::answer)
                .build())
        .build()
        .start();
  }

  private static MethodDescriptor<byte[], byte[]> method(Service service) {
    return AdsMethod.of(service, Protocol.STATE_OF_THE_WORLD);
  }

  private static SslContext secured() throws SSLException {
    return GrpcSslContexts.configure(
            SslContextBuilder.forServer(folder.resolve("plane.pem").toFile(), key.toFile())
                .trustManager(folder.resolve("ca.pem").toFile())
                .clientAuth(ClientAuth.REQUIRE),
            SslProvider.JDK) // which tells what it was asked for
        .build();
  }

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /// Says who asked, for whom, and what.
  private Listener<byte[]> answer(ServerCall<byte[], byte[]> call, Metadata headers) {
    var token = headers.get(ascii("x-token"));
    if (token != null) {
      metadata.add(token + "," + headers.get(ascii("x-e")));
    }
    call.sendHeaders(new Metadata());
    call.request(1);
    return new Listener<>() {
      @Override
      public void onMessage(byte[] request) {
        var session =
            (ExtendedSSLSession)
                Objects.requireNonNull(
                    call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION), "plain text");
        var asked = session.getRequestedServerNames();
        try {
          heard.add(
              "%s %s %s %s"
                  .formatted(
                      session.getPeerPrincipal().getName(),
                      asked.isEmpty() ? "-" : ((SNIHostName) asked.getFirst()).getAsciiName(),
                      call.getAuthority(),
                      new String(request, StandardCharsets.UTF_8)));
        } catch (SSLPeerUnverifiedException e) {
          throw new AssertionError(e);
        }
        call.sendMessage("answer".getBytes(StandardCharsets.UTF_8));
      }
    };
  }

  @AfterEach
  void close() {
    loop.ask(
        () -> {
          calls.forEach(AdsTransport.Call::cancel);
          return true;
        });
    server.shutdownNow();
    loop.close();
  }

  private static ClientTlsSpec spec(String sni, @Nullable Pair shown) {
    return new ClientTlsSpec(
        new TlsIdentity(
            TlsParameters.DEFAULT,
            shown == null ? List.of() : List.of(shown.certificate()),
            CertificateValidation.trusting(authority.ca()),
            List.of()),
        sni,
        false,
        true,
        true);
  }

  private AdsTransport transport(ClientTls tls) {
    return transport(tls, Service.AGGREGATED);
  }

  private AdsTransport transport(ClientTls tls, Service service) {
    return transport(tls, service, Call.PLAIN);
  }

  private AdsTransport transport(ClientTls tls, Service service, Call call) {
    return transport(tls, service, call, new HostPort("127.0.0.1", server.getPort()));
  }

  private AdsTransport transport(ClientTls tls, Service service, Call call, HostPort address) {
    var server = new GrpcServer(new GrpcAddress.OfCluster("xds.cluster"), BackOff.DEFAULT, call);
    var endpoint = new EndpointSpec(address);
    var cluster =
        Cluster.builder("xds.cluster", new Discovery.Static(new Assignment("x", List.of(endpoint))))
            .tls(tls)
            .build();
    return planes.grpc(cluster, server, service);
  }

  /// Opens a stream and says "hello".
  private LinkedBlockingQueue<Object> talk(AdsTransport transport) {
    var told = new LinkedBlockingQueue<>();
    var receiver =
        new AdsTransport.Receiver() {
          @Override
          public void onReady() {}

          @Override
          public void onMessage(byte[] response) {
            told.add(new String(response, StandardCharsets.UTF_8));
          }

          @Override
          public void onEnd(End end) {
            told.add(end);
          }
        };
    loop.ask(
        () -> {
          var call = transport.open(Protocol.STATE_OF_THE_WORLD, receiver);
          call.send("hello".getBytes(StandardCharsets.UTF_8));
          calls.add(call);
          return call;
        });
    return told;
  }

  private static @Nullable Object next(LinkedBlockingQueue<?> told) throws InterruptedException {
    return told.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Test
  void showsItsCertificateAndAsksForTheNameOfTheCluster() throws Exception {
    var told = talk(transport(new ClientTls(spec("plane.test", proxy))));

    assertThat(next(told)).isEqualTo("answer");
    assertThat(next(heard)).isEqualTo("CN=proxy plane.test xds.cluster hello");
  }

  @Test
  void securesAUnixSocketLikeAnyOther() throws Exception { // X34
    var path = folder.resolve("plane.sock");
    var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var overPipe =
        serve(
            NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(path))
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .channelType(NioServerDomainSocketChannel.class));
    try {
      var tls = new ClientTls(spec("plane.test", proxy));

      var told =
          talk(transport(tls, Service.AGGREGATED, Call.PLAIN, HostPort.pipe(path.toString())));

      assertThat(next(told)).isEqualTo("answer");
      assertThat(next(heard)).isEqualTo("CN=proxy plane.test xds.cluster hello");
    } finally {
      overPipe.shutdownNow();
      var _ = loops.shutdownGracefully();
    }
  }

  @Test
  void endsAStreamWhoseResponseIsTooLongAndSaysHowLongItMayBe() throws Exception {
    var call = new Call("", 3, List.of());

    var told = talk(transport(new ClientTls(spec("plane.test", proxy)), Service.AGGREGATED, call));

    assertThat(next(told))
        .isInstanceOfSatisfying(
            End.class,
            end -> assertThat(end.message()).isEqualTo("gRPC message exceeds maximum size 3: 6"));
  }

  @Test
  void saysWhomItCallsAndWhatItIsToldToSay() throws Exception {
    var call =
        new Call(
            "named.test",
            1_000,
            List.of(
                new DiscoveryService.Metadata("x-token", "t"),
                new DiscoveryService.Metadata("x-e", "")));

    var told = talk(transport(new ClientTls(spec("plane.test", proxy)), Service.AGGREGATED, call));

    assertThat(next(told)).isEqualTo("answer");
    assertThat(next(heard)).isEqualTo("CN=proxy plane.test named.test hello");
    assertThat(next(metadata)).isEqualTo("t,");
  }

  @Test
  void reachesAServiceOfSecretsAsWell() throws Exception {
    var tls = new ClientTls(spec("plane.test", proxy));

    assertThat(next(talk(transport(tls, Service.SECRETS)))).isEqualTo("answer");
  }

  @Test
  void showsTheNewCertificateOnTheNextStream() throws Exception {
    var tls = new ClientTls(spec("plane.test", proxy));
    var transport = transport(tls);
    assertThat(next(talk(transport))).isEqualTo("answer");

    var newer = spec("plane.test", other);
    tls.rotate(newer, ClientTls.contexts(newer));

    assertThat(next(talk(transport))).isEqualTo("answer");
    assertThat(List.copyOf(heard))
        .containsExactly(
            "CN=proxy plane.test xds.cluster hello", "CN=other plane.test xds.cluster hello");
  }

  @Test
  void sendsNothingToAControlPlaneOfAnotherName() throws Exception {
    var told = talk(transport(new ClientTls(spec("elsewhere.test", proxy))));

    assertThat(next(told))
        .isInstanceOfSatisfying(
            End.class,
            end -> unavailable(end, "CERTIFICATE_VERIFY_FAILED:verify cert failed: SAN matcher"));
    assertThat(heard).isEmpty();
  }

  @Test
  void endsWhenItsOwnCertificateIsMissing() throws Exception {
    var told = talk(transport(new ClientTls(spec("plane.test", null))));

    assertThat(next(told)).isInstanceOfSatisfying(End.class, end -> unavailable(end, ""));
    assertThat(heard).isEmpty();
  }

  @Test
  void doesNotConnectBeforeItsSecretsHaveCome() throws Exception {
    var told = talk(transport(new ClientTls("plane.test", false)));

    assertThat(next(told)).isEqualTo(new End(14, "TLS error: Secret is not supplied by SDS"));
  }

  /// A transport to an address of its own (`google_grpc`).
  private AdsTransport direct(String uri, @Nullable SecretBytes roots, String authority) {
    var token = new DiscoveryService.Metadata("authorization", "Bearer t");
    var secured = new GrpcAddress.Security(roots, proxy.key(), proxy.chain());
    return planes.grpc(
        null,
        new GrpcServer(
            new GrpcAddress.OfUri(
                uri, "goo", secured, new GrpcAddress.Keepalive(30_000, 5_000, true), authority),
            BackOff.DEFAULT,
            new Call(authority, 1_000, List.of(token))),
        Service.AGGREGATED);
  }

  private long stat(String name) {
    return metrics.counter("grpc.goo." + name).value();
  }

  @Test
  void reachesAnAddressOfItsOwnWhoseNameGrpcResolves() throws Exception {
    var told = talk(direct("localhost:" + server.getPort(), authority.ca(), "plane.test"));

    assertThat(next(told)).isEqualTo("answer");
    assertThat(next(heard)).isEqualTo("CN=proxy plane.test plane.test hello");
    assertThat(stat("streams_total")).isEqualTo(1);
    assertThat(stat("google_grpc_client_creation")).isEqualTo(1);
    server.shutdownNow();
    assertThat(next(told)).isInstanceOf(End.class);
    assertThat(stat("streams_closed_1") + stat("streams_closed_14")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:%d", "ipv4:127.0.0.1:%d", "dns:///localhost:%d"})
  void refusesAServerWhoseCertificateBearsAnotherName(String address) throws Exception {
    var told = talk(direct(address.formatted(server.getPort()), authority.ca(), ""));

    assertThat(next(told)).isInstanceOfSatisfying(End.class, end -> unavailable(end, ""));
    assertThat(heard).isEmpty();
    assertThat(stat("streams_closed_14")).isEqualTo(1);
  }

  @Test
  void saysWhichCredentialsCannotBeUsed() throws Exception {
    var told = talk(direct("localhost:1", SecretBytes.inline("no certificate"), "plane.test"));

    assertThat(next(told))
        .isInstanceOfSatisfying(
            End.class,
            end ->
                unavailable(
                    end,
                    "the credentials for 'localhost:1' cannot be used: Failed to load trusted CA"
                        + " certificates from <inline>"));
  }

  @Test
  void saysThatAnAddressIsNone() throws Exception {
    var told = talk(direct("dns:///%", authority.ca(), "plane.test"));

    assertThat(next(told))
        .isInstanceOfSatisfying(
            End.class, end -> unavailable(end, "'dns:///%' is not a target of gRPC"));
  }

  private static void unavailable(End end, String text) {
    assertThat(end.code()).isEqualTo(14);
    assertThat(end.message()).contains(text);
  }
}
