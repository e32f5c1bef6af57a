package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.cluster.UpstreamHttpOptions.Limits;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
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

/// Holding back, in both directions, over the life of one connection.
class Http1UpstreamConnectionTest {
  private final FakeLoop loop = new FakeLoop();
  private final HeadStores heads = new HeadStores(true);
  private final SharedClusters shared = new SharedClusters(new MetricRegistry(1));
  private final Upstreams upstreams =
      new Upstreams(loop, this::connect, heads, shared, new SplittableRandom(1));
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<Answer> answers = new ArrayList<>();
  private @Nullable ChannelPromise connected;
  private @Nullable ChannelHandler handler;

  @BeforeEach
  void configure() {
    var cluster =
        Cluster.withDefaults("svc", new Discovery.Static(new Assignment("svc", List.of())));
    shared.added(cluster);
    upstreams.put(cluster);
    var endpoint = new EndpointSpec(new HostPort("10.0.0.1", 1));
    upstreams.put(EndpointSet.next(null, "svc", new Assignment("svc", List.of(endpoint), 140), 1));
  }

  @AfterEach
  void nothingIsLeft() {
    upstreams.remove("svc");
    loop.runTasks();
    answers.forEach(Answer::release);
    channel.finishAndReleaseAll();
    assertThat(heads.outstanding()).isZero();
  }

  @Test
  void readsOnWhenTheClientFillsUpInsideTheLastBytesOfAResponse() {
    var first = get();
    finishConnect();
    first.stream().hold(Hold.SINK);
    arrive("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
    assertThat(channel.config().isAutoRead()).isFalse();

    first.fillsUp = true;
    first.stream().release(Hold.SINK);
    loop.runTasks();

    assertThat(first.body).hasToString("ab.");
    assertThat(channel.config().isAutoRead()).isTrue();
    var second = get();
    arrive("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nc");
    assertThat(second.body).hasToString("c.");
  }

  @Test
  void aConnectionWithBytesBehindItsResponseIsNotUsedAgain() {
    var first = get();
    finishConnect();
    first.stream().hold(Hold.SINK);
    arrive("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na");
    arrive("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison");

    first.stream().release(Hold.SINK);
    loop.runTasks();

    assertThat(first.body).hasToString("a.");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aRequestThatWaitedIsHeldBackByAConnectionThatIsFull() {
    var answer = new Answer();
    var stream = open(answer);
    stream.onHead(answer.request, false);
    stream.onBody(Unpooled.copiedBuffer("a", StandardCharsets.US_ASCII), false);
    writable(false);

    finishConnect();
    assertThat(answer.requestHeld.held()).isTrue();

    writable(true);
    assertThat(answer.requestHeld.held()).isFalse();
    stream.cancel();
  }

  private void livesFor(Duration duration) {
    var cluster =
        Cluster.builder("svc", new Discovery.Static(new Assignment("svc", List.of())))
            .http(
                new UpstreamHttpOptions(
                    HttpVersion.HTTP1,
                    false,
                    Http1Options.DEFAULT,
                    Http2Options.DEFAULT,
                    new Limits(0, Duration.ofHours(1), duration, 100, 0)))
            .build();
    upstreams.put(cluster);
  }

  private void membersChange(boolean renews) {
    var cluster =
        Cluster.builder("svc", new Discovery.Static(new Assignment("svc", List.of())))
            .loadBalancing(
                new LoadBalancing(
                    LbPolicy.ROUND_ROBIN,
                    50,
                    LoadBalancing.DEFAULT_OVERRIDE_HOST_STATUS,
                    renews,
                    false))
            .build();
    upstreams.put(cluster);
    var before = Objects.requireNonNull(upstreams.find("svc")).endpoints();
    var specs =
        List.of(
            new EndpointSpec(new HostPort("10.0.0.1", 1)),
            new EndpointSpec(new HostPort("10.0.0.2", 1)));
    upstreams.put(EndpointSet.next(before, "svc", new Assignment("svc", specs, 140), 1));
  }

  @Test
  void anIdleConnectionStaysWhenMembersChange() {
    get();
    finishConnect();
    arrive("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");

    membersChange(false);
    loop.runTasks();

    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void anIdleConnectionIsClosedWhenMembersChangeIfTold() {
    get();
    finishConnect();
    arrive("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");

    membersChange(true);
    loop.runTasks();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aBusyConnectionEndsItsRequestFirstWhenMembersChange() {
    var first = get();
    finishConnect();

    membersChange(true);
    loop.runTasks();
    assertThat(channel.isOpen()).isTrue();
    arrive("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na");
    loop.runTasks();

    assertThat(first.body).hasToString("a.");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aConnectionThatIsOldIsClosed() {
    livesFor(Duration.ofSeconds(5));
    get();
    finishConnect();
    arrive("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na");
    assertThat(channel.isOpen()).isTrue();

    loop.advance(Duration.ofMillis(5_100));

    assertThat(channel.isOpen()).isFalse();
    var stats = Objects.requireNonNull(shared.get("svc")).stats();
    assertThat(stats.value(ClusterStats.UPSTREAM_CX_MAX_DURATION_REACHED)).isEqualTo(1);
  }

  @Test
  void aConnectionThatIsOldEndsItsRequestFirst() {
    livesFor(Duration.ofSeconds(5));
    var answer = get();
    finishConnect();
    arrive("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na");

    loop.advance(Duration.ofMillis(5_100));
    assertThat(channel.isOpen()).isTrue();
    arrive("b");

    assertThat(answer.body).hasToString("ab.");
    assertThat(channel.isOpen()).isFalse();
  }

  private void writable(boolean now) {
    Objects.requireNonNull(channel.unsafe().outboundBuffer()).setUserDefinedWritability(1, now);
    channel.runPendingTasks();
    loop.runTasks();
  }

  private Answer get() {
    var answer = new Answer();
    var stream = open(answer);
    answer.stream = stream;
    stream.onHead(answer.request, true);
    loop.runTasks();
    return answer;
  }

  private UpstreamStream open(Answer answer) {
    var cluster = Objects.requireNonNull(upstreams.find("svc"));
    answers.add(answer);
    return cluster.open(
        cluster.endpoints().endpoints().getFirst(),
        HttpVersion.HTTP1,
        Priority.DEFAULT,
        TransportSocketOptions.NONE,
        answer,
        answer.requests());
  }

  private ChannelFuture connect(HostPort address, ChannelHandler newHandler, int bufferLimit) {
    handler = newHandler;
    var promise = channel.newPromise();
    connected = promise;
    return promise;
  }

  private void finishConnect() {
    channel.pipeline().addLast(Objects.requireNonNull(handler));
    Objects.requireNonNull(connected).setSuccess();
    channel.runPendingTasks();
    loop.runTasks();
  }

  private void arrive(String bytes) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
    loop.runTasks();
  }

  /// Takes one response; its client may fill up with the first piece of the body.
  private final class Answer implements UpstreamSink {
    private final HeaderMap request = heads.take(HeadKind.REQUEST);
    private final HoldSet requestHeld = new HoldSet();
    private final StringBuilder body = new StringBuilder();
    private final List<HeaderMap> taken = new ArrayList<>();
    private @Nullable UpstreamStream stream;
    private boolean fillsUp;

    Answer() {
      request.set(HeaderNames.METHOD, "GET");
      request.set(HeaderNames.PATH, "/");
      request.set(HeaderNames.AUTHORITY, "a");
    }

    private UpstreamStream stream() {
      return Objects.requireNonNull(stream);
    }

    FlowControl requests() {
      return new FlowControl() {
        @Override
        public void hold(Hold cause) {
          requestHeld.hold(cause);
        }

        @Override
        public void release(Hold cause) {
          requestHeld.release(cause);
        }
      };
    }

    @Override
    public void onHead(HeaderMap head, boolean end) {
      taken.add(head);
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      body.append(chunk.toString(StandardCharsets.US_ASCII)).append(end ? "." : "");
      chunk.release();
      if (fillsUp && !end) {
        stream().hold(Hold.SINK);
      }
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      taken.add(trailers);
    }

    @Override
    public void onReset(ResetReason why) {
      body.append(why);
    }

    void release() {
      request.release();
      taken.forEach(HeaderMap::release);
    }
  }
}
