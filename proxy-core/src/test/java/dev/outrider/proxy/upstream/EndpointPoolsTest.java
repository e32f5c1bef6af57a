package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.FamilyOrder;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.Permit;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.cluster.SocketMatch;
import dev.outrider.proxy.cluster.TlvChoice;
import dev.outrider.proxy.cluster.UpstreamSockets;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.stream.ConnectionAddresses;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.tls.CertificateValidation;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.tls.ClientTlsSpec;
import dev.outrider.proxy.tls.TlsIdentity;
import dev.outrider.proxy.tls.TlsParameters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Which attempts share connections.
class EndpointPoolsTest {
  private static final TransportSocketOptions A = new TransportSocketOptions("a.test", "");
  private static final TransportSocketOptions B = new TransportSocketOptions("b.test", "b.test");

  private static final ClientTlsSpec ANYBODY =
      new ClientTlsSpec(
          new TlsIdentity(
              TlsParameters.DEFAULT, List.of(), CertificateValidation.trusting(null), List.of()),
          "a.test",
          false,
          true,
          true);
  private static final EndpointSpec HOST = new EndpointSpec(new HostPort("10.0.0.1", 1));

  private final FakeLoop loop = new FakeLoop();
  private final HeadStores heads = new HeadStores(true);
  private final SharedClusters shared = new SharedClusters(new MetricRegistry(1));
  private final Upstreams upstreams =
      new Upstreams(loop, this::connect, heads, shared, new SplittableRandom(1));
  private final List<EmbeddedChannel> channels = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();

  @BeforeEach
  void configure() {
    var cluster =
        Cluster.withDefaults("svc", new Discovery.Static(new Assignment("svc", List.of())));
    shared.added(cluster);
    upstreams.put(cluster);
    put(null, HOST);
  }

  @AfterEach
  void nothingIsLeft() {
    upstreams.remove("svc");
    loop.runTasks();
    answers.forEach(Answer::release);
    channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    assertThat(heads.outstanding()).isZero();
  }

  @Test
  void attemptsThatWantTheSameShareConnections() {
    exchange(A);
    exchange(new TransportSocketOptions("A.TEST", ""));

    assertThat(channels).hasSize(1);
  }

  @Test
  void attemptsThatWantSomethingElseHaveConnectionsOfTheirOwn() {
    exchange(A);
    exchange(B);
    exchange(TransportSocketOptions.NONE);
    exchange(A);

    assertThat(channels).hasSize(3);
  }

  /// Else clients that make names up would fill the memory.
  @Test
  void poolsEndWithTheirConnections() {
    exchange(A);
    exchange(TransportSocketOptions.NONE);
    assertThat(cluster().pools()).isEqualTo(2);

    channels.forEach(EmbeddedChannel::close);
    loop.runTasks();

    assertThat(cluster().pools()).isZero();
  }

  private Cluster.Builder ofClients() {
    var limits = new CircuitBreakers.Thresholds(9, 9, 9, 3, null, 1, true);
    var connections =
        new ConnectionOptions(
            Duration.ofSeconds(5),
            1 << 20,
            UpstreamSockets.DEFAULT,
            false,
            true,
            FamilyOrder.DEFAULT,
            1);
    var cluster =
        single()
            .connections(connections)
            .breakers(new CircuitBreakers(limits, CircuitBreakers.Thresholds.DEFAULT));
    shared.added(cluster.build());
    return cluster;
  }

  private boolean admits(long client) {
    return cluster()
        .admits(
            cluster().endpoints().endpoints().getFirst(),
            HttpVersion.HTTP1,
            Priority.DEFAULT,
            TransportSocketOptions.NONE.apart(client));
  }

  private long poolsInUse() {
    return cluster().shared().breakers(Priority.DEFAULT).pools().inUse();
  }

  @Test
  void clientsShareNoConnectionIfToldSo() {
    upstreams.put(ofClients().build());

    exchange(TransportSocketOptions.NONE.apart(1));
    exchange(TransportSocketOptions.NONE.apart(2));
    exchange(TransportSocketOptions.NONE.apart(1));

    assertThat(channels).hasSize(2);
  }

  @Test
  void clientsShareConnectionsUnlessToldOtherwise() {
    exchange(TransportSocketOptions.NONE.apart(1));
    exchange(TransportSocketOptions.NONE.apart(2));

    assertThat(channels).hasSize(1);
  }

  @Test
  void anIdlePoolMakesRoomAndABusyOneDoesNot() {
    upstreams.put(ofClients().build());
    exchange(TransportSocketOptions.NONE.apart(1));
    assertThat(admits(1)).isTrue();

    assertThat(admits(2)).isTrue();
    loop.runTasks();
    assertThat(channels.getFirst().isOpen()).isFalse();
    assertThat(poolsInUse()).isZero();

    var busy = open(TransportSocketOptions.NONE.apart(2));
    loop.runTasks();
    assertThat(admits(2)).isTrue();
    assertThat(admits(3)).isFalse();
    assertThat(
            Objects.requireNonNull(shared.get("svc"))
                .stats()
                .value(ClusterStats.UPSTREAM_CX_POOL_OVERFLOW))
        .isOne();
    answer();
    assertThat(busy.said).hasToString("200");
  }

  private void preconnecting(double ratio) {
    var connections =
        new ConnectionOptions(
            Duration.ofSeconds(5),
            1 << 20,
            UpstreamSockets.DEFAULT,
            false,
            false,
            FamilyOrder.DEFAULT,
            ratio);
    upstreams.put(single().connections(connections).breakers(CircuitBreakers.DEFAULT).build());
    shared.added(Objects.requireNonNull(upstreams.find("svc")).config());
  }

  @Test
  void connectsForMoreRequestsThanThereAreIfToldSo() {
    preconnecting(1.5);

    exchange(TransportSocketOptions.NONE);
    assertThat(channels).hasSize(2);
    exchange(TransportSocketOptions.NONE);
    assertThat(channels).hasSize(2);

    open(TransportSocketOptions.NONE);
    open(TransportSocketOptions.NONE);
    loop.runTasks();
    assertThat(channels).hasSize(3);
    answer();
  }

  @Test
  void connectsForNobodyElseAtAnUnhealthyEndpoint() {
    preconnecting(3);
    cluster().endpoints().endpoints().getFirst().shared().mark(HealthFlag.FAILED_OUTLIER_CHECK);

    exchange(TransportSocketOptions.NONE);

    assertThat(channels).hasSize(1);
  }

  private static TransportSocketOptions of(String client) {
    var addresses = new ConnectionAddresses(new HostPort("5.6.7.8", 7), new HostPort(client, 9));
    return TransportSocketOptions.NONE.onBehalfOf(ProxiedClient.of(addresses));
  }

  private void proxied(boolean secured) {
    upstreams.put(
        single()
            .proxy(new ProxyHeaderSpec(false, TlvChoice.NONE, List.of()))
            .tls(secured ? new ClientTls(ANYBODY) : null)
            .build());
  }

  @Test
  void clientsOfWhomTheServiceIsToldShareNoConnection() {
    proxied(false);

    exchange(of("1.2.3.4"));
    exchange(of("1.2.3.5"));
    exchange(of("1.2.3.4"));

    assertThat(channels).hasSize(2);
  }

  @Test
  void clientsOfWhomNobodyIsToldShareConnections() {
    exchange(of("1.2.3.4"));
    exchange(of("1.2.3.5"));

    assertThat(channels).hasSize(1);
    assertThat(cluster().wishes().of(ConnectionInfo.NONE)).isEqualTo(TransportSocketOptions.NONE);
  }

  @Test
  void anAggregateAsksWhoTheClientIsOnlyForMembersThatWantToKnow() {
    var all = Cluster.withDefaults("all", new Discovery.Aggregate(List.of("svc")));
    shared.added(all);
    upstreams.put(all);
    assertThat(wishesOf("all")).isSameAs(TransportSocketOptions.NONE);

    proxied(false);
    assertThat(wishesOf("all").client()).isNotNull();

    upstreams.put(ofClients().build());
    assertThat(wishesOf("all").clientConnection()).isEqualTo(7);

    upstreams.put(single().build());
    assertThat(wishesOf("all")).isSameAs(TransportSocketOptions.NONE);
    upstreams.remove("all");
  }

  private TransportSocketOptions wishesOf(String cluster) {
    var head = heads.take(HeadKind.REQUEST);
    var client = new ConnectionInfo(7, ConnectionInfo.NONE.local(), ConnectionInfo.NONE.remote());
    var wishes = Objects.requireNonNull(upstreams.find(cluster)).wishes().of(head, null, client);
    head.release();
    return wishes;
  }

  @Test
  void connectionsWithoutTheHeaderAreNotUsedWhenItIsAskedFor() {
    exchange(of("1.2.3.4"));

    proxied(false);
    loop.runTasks();

    assertThat(channels.getFirst().isOpen()).isFalse();
  }

  @Test
  void theServiceIsToldOfTheClientBeforeTheHandshake() {
    proxied(true);

    open(of("1.2.3.4"));
    loop.runTasks();

    ByteBuf header = channels.getFirst().readOutbound();
    ByteBuf hello = channels.getFirst().readOutbound();
    assertThat(header.toString(StandardCharsets.US_ASCII))
        .isEqualTo("PROXY TCP4 1.2.3.4 5.6.7.8 9 7\r\n");
    assertThat(hello.getByte(0)).isEqualTo((byte) 22);
    header.release();
    hello.release();
  }

  @Test
  void aRefusedAttemptLeavesNoPoolBehind() {
    var limit = cluster().shared().breakers(Priority.DEFAULT).pending();
    while (new Permit().tryTake(limit)) {
      // until it is full
    }

    var refused = open(B);
    loop.runTasks();

    assertThat(refused.said).hasToString("OVERFLOW");
    assertThat(cluster().pools()).isZero();
  }

  @Test
  void whatWaitsGetsNoConnectionThatIsToEnd() {
    upstreams.put(single().build());
    open(TransportSocketOptions.NONE);
    var waiting = open(TransportSocketOptions.NONE);
    loop.runTasks();
    assertThat(channels).hasSize(1);

    cluster().renewConnections();
    answer();

    assertThat(channels).hasSize(2);
    assertThat(channels.getFirst().isOpen()).isFalse();
    answer();
    assertThat(waiting.said).hasToString("200");
  }

  /// Which socket match it was is said by the version of the cluster that the endpoint was of.
  @Test
  void aPoolThatIsRetiredConnectsAsItsEndpointDid() {
    var plain = new SocketMatch("plain", Metadata.NONE, null);
    var host = HOST.reached(EndpointAccess.DEFAULT.by(0));
    upstreams.put(single().socketMatches(List.of(plain)).build());
    var with = put(null, host);
    open(TransportSocketOptions.NONE);
    var waiting = open(TransportSocketOptions.NONE);
    loop.runTasks();
    assertThat(channels).hasSize(1);

    put(with);
    upstreams.put(single().tls(new ClientTls("", false)).build());
    channels.getFirst().close();
    loop.runTasks();

    assertThat(channels).hasSize(2);
    answer();
    assertThat(waiting.said).hasToString("200");
  }

  private EndpointSet put(@Nullable EndpointSet previous, EndpointSpec... hosts) {
    var next = EndpointSet.next(previous, "svc", new Assignment("svc", List.of(hosts), 140), 1);
    upstreams.put(next);
    return next;
  }

  /// One connection at a time.
  private Cluster.Builder single() {
    var one = new CircuitBreakers.Thresholds(1, 1024, 1024, 3);
    var cluster =
        Cluster.builder("svc", new Discovery.Static(new Assignment("svc", List.of())))
            .breakers(new CircuitBreakers(one, one));
    shared.added(cluster.build());
    return cluster;
  }

  private UpstreamCluster cluster() {
    return Objects.requireNonNull(upstreams.find("svc"));
  }

  private void exchange(TransportSocketOptions options) {
    open(options);
    loop.runTasks();
    answer();
    assertThat(answers.getLast().said).hasToString("200");
  }

  /// Answers what was asked.
  private void answer() {
    for (var channel : List.copyOf(channels)) {
      var asked = false;
      for (ByteBuf sent = channel.readOutbound(); sent != null; sent = channel.readOutbound()) {
        sent.release();
        asked = true;
      }
      if (asked) {
        var answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        if (channel.isOpen()) {
          channel.writeInbound(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII));
        }
      }
    }
    loop.runTasks();
  }

  private Answer open(TransportSocketOptions options) {
    var answer = new Answer();
    answers.add(answer);
    var endpoint = cluster().endpoints().endpoints().getFirst();
    cluster()
        .open(endpoint, HttpVersion.HTTP1, Priority.DEFAULT, options, answer, answer)
        .onHead(answer.request, true);
    return answer;
  }

  private ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
    var channel = new EmbeddedChannel(handler);
    channels.add(channel);
    return channel.newSucceededFuture();
  }

  private final class Answer implements UpstreamSink, FlowControl {
    private final HeaderMap request = heads.take(HeadKind.REQUEST);
    private final StringBuilder said = new StringBuilder();
    private final List<HeaderMap> taken = new ArrayList<>();

    Answer() {
      request.set(HeaderNames.METHOD, "GET");
      request.set(HeaderNames.PATH, "/");
      request.set(HeaderNames.AUTHORITY, "a");
    }

    @Override
    public void hold(Hold cause) {}

    @Override
    public void release(Hold cause) {}

    @Override
    public void onHead(HeaderMap head, boolean end) {
      taken.add(head);
      said.append(head.status());
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      chunk.release();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      taken.add(trailers);
    }

    @Override
    public void onReset(ResetReason why) {
      said.append(why);
    }

    void release() {
      request.release();
      taken.forEach(HeaderMap::release);
    }
  }
}
