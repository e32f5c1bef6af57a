package dev.outrider.proxy.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DiscoveryService.Call;
import dev.outrider.proxy.config.DynamicSources.BackOff;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.config.GrpcAddress;
import dev.outrider.proxy.config.GrpcServer;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.xds.stream.AdsMethod;
import dev.outrider.proxy.xds.stream.AdsTransport;
import dev.outrider.proxy.xds.stream.AdsTransport.End;
import dev.outrider.proxy.xds.stream.AdsTransport.Service;
import dev.outrider.proxy.xds.stream.ControlPlanes;
import dev.outrider.proxy.xds.stream.RestCalls;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How many connections streams of their own cost that go to one control plane.
class SharedConnectionsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int STREAMS = 500;

  private final ThreadLoop loop = new ThreadLoop();
  private final MetricRegistry metrics = new MetricRegistry(1);
  private final ControlPlanes planes = new ControlPlanes(loop, metrics, RestCalls.NONE);
  private final StatOwner stats = metrics.owner(ClusterStats.TEMPLATE, "cluster.plane");
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger gone = new AtomicInteger();
  private final LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<End> ends = new LinkedBlockingQueue<>();
  private final List<AdsTransport.Call> calls = new ArrayList<>();
  private Server server = NettyServerBuilder.forPort(0).build(); // each test starts its own

  /// @param most streams on one connection
  private Server serve(int most, int port) throws Exception {
    return NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .maxConcurrentCallsPerConnection(most)
        .addTransportFilter(
            new ServerTransportFilter() {
              @Override
              public Attributes transportReady(Attributes attributes) {
                accepted.incrementAndGet();
                return attributes;
              }

              @Override
              public void transportTerminated(Attributes attributes) {
                gone.incrementAndGet();
              }
            })
        .addService(
            ServerServiceDefinition.builder(Service.ENDPOINTS.fullName())
                .addMethod(
                    AdsMethod.of(Service.ENDPOINTS, Protocol.STATE_OF_THE_WORLD), this::answer)
                .build())
        .build()
        .start();
  }

  /// Says the same again.
  private Listener<byte[]> answer(ServerCall<byte[], byte[]> call, Metadata headers) {
    call.sendHeaders(new Metadata());
    call.request(1);
    return new Listener<>() {
      @Override
      public void onMessage(byte[] request) {
        call.sendMessage(request);
      }
    };
  }

  @AfterEach
  void close() {
    cancelAll();
    server.shutdownNow();
    loop.close();
  }

  private void cancelAll() {
    loop.ask(
        () -> {
          calls.forEach(AdsTransport.Call::cancel);
          return true;
        });
  }

  private AdsTransport transport() {
    var target = new GrpcServer(new GrpcAddress.OfCluster("plane"), BackOff.DEFAULT, Call.PLAIN);
    var address = new HostPort("127.0.0.1", server.getPort());
    var cluster =
        Cluster.builder(
                "plane",
                new Discovery.Static(new Assignment("x", List.of(new EndpointSpec(address)))))
            .build();
    return planes.grpc(cluster, target, Service.ENDPOINTS);
  }

  /// Opens a stream that asks for its number.
  private void open(AdsTransport transport, int number) {
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
            ends.add(end);
          }
        };
    var call = transport.open(Protocol.STATE_OF_THE_WORLD, receiver);
    call.send(String.valueOf(number).getBytes(StandardCharsets.UTF_8));
    calls.add(call);
  }

  private void openAll() {
    loop.ask(
        () -> {
          for (var i = 0; i < STREAMS; i++) {
            open(transport(), i);
          }
          return true;
        });
  }

  private List<String> answers(int count) throws InterruptedException {
    var all = new ArrayList<String>();
    while (all.size() < count) {
      var next = told.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      assertThat(next).as("answer after " + all.size()).isNotNull();
      all.add(next);
    }
    return all;
  }

  @Test
  void oneConnectionCarriesFiveHundredStreams() throws Exception {
    server = serve(Integer.MAX_VALUE, 0);

    openAll();

    assertThat(answers(STREAMS)).doesNotHaveDuplicates();
    assertThat(accepted).hasValue(1);
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_TOTAL)).isEqualTo(1);
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_ACTIVE)).isEqualTo(1);
    assertThat(stats.value(ClusterStats.UPSTREAM_RQ_TOTAL)).isEqualTo(STREAMS);
    assertThat(stats.value(ClusterStats.UPSTREAM_RQ_ACTIVE)).isEqualTo(STREAMS);
  }

  @Test
  void moreThanTheOtherSideTakesGoOverAsFewConnectionsAsItAllows() throws Exception {
    server = serve(100, 0);

    openAll();

    assertThat(answers(STREAMS)).doesNotHaveDuplicates();
    assertThat(accepted).hasValue(5);
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_ACTIVE)).isEqualTo(5);
  }

  @Test
  void theConnectionEndsWithTheLastStream() throws Exception {
    server = serve(Integer.MAX_VALUE, 0);
    openAll();
    answers(STREAMS);

    cancelAll();

    assertThat(server.shutdown().awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .as("nobody is connected")
        .isTrue();
    assertThat(gone).hasValue(1);
    assertThat(stats.value(ClusterStats.UPSTREAM_RQ_ACTIVE)).isZero();
    assertThat(stats.value(ClusterStats.UPSTREAM_RQ_CANCELLED)).isEqualTo(STREAMS);
    assertThat(ends).isEmpty();
  }

  @Test
  void aServerThatComesBackIsReachedOverOneConnectionAgain() throws Exception {
    server = serve(Integer.MAX_VALUE, 0);
    openAll();
    answers(STREAMS);
    var port = server.getPort();
    var first = transport();

    server.shutdownNow();
    for (var i = 0; i < STREAMS; i++) {
      assertThat(ends.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isNotNull();
    }
    assertThat(server.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    loop.ask(
        () -> {
          open(first, 0); // nobody is there
          return true;
        });
    assertThat(ends.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isNotNull();
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_CONNECT_FAIL)).isEqualTo(1);
    server = serve(Integer.MAX_VALUE, port);
    loop.ask(
        () -> {
          for (var i = 0; i < STREAMS; i++) {
            open(first, i);
          }
          return true;
        });

    assertThat(answers(STREAMS)).doesNotHaveDuplicates();
    assertThat(accepted).hasValue(2);
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_ACTIVE)).isEqualTo(1);
  }
}
