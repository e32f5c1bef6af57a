package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.OriginalHosts;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.SharedClusters;
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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What happens to connections of hosts that are found where they are wanted.
class OriginalDstPoolsTest {
  private static final Cluster CLUSTER =
      Cluster.withDefaults("o", new Discovery.OriginalDst(null, 0, 5_000));
  private static final HostPort MEANT = new HostPort("10.0.0.1", 80);
  private static final Duration TWO_SWEEPS = Duration.ofMillis(10_040);

  private final FakeLoop loop = new FakeLoop();
  private final HeadStores heads = new HeadStores(true);
  private final SharedClusters shared = new SharedClusters(new MetricRegistry(1));
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Upstreams upstreams =
      new Upstreams(loop, this::connect, heads, shared, new SplittableRandom(1));
  private final HeaderMap request = heads.take(HeadKind.REQUEST);
  private @Nullable HeaderMap answer;

  @BeforeEach
  void oneIdleConnection() {
    shared.added(CLUSTER);
    upstreams.put(CLUSTER);
    request.set(HeaderNames.METHOD, "GET");
    request.set(HeaderNames.PATH, "/");
    request.set(HeaderNames.AUTHORITY, "a");
    var stream =
        cluster()
            .open(
                meant(),
                HttpVersion.HTTP1,
                Priority.DEFAULT,
                TransportSocketOptions.NONE,
                new Sink(),
                new Unheld());
    stream.onHead(request, true);
    loop.runTasks();
    channel.writeInbound(
        Unpooled.copiedBuffer(
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", StandardCharsets.US_ASCII));
    loop.runTasks();
    assertThat(answer).isNotNull();
  }

  @AfterEach
  void nothingIsLeft() {
    upstreams.remove("o");
    loop.runTasks();
    request.release();
    Objects.requireNonNull(answer).release();
    channel.finishAndReleaseAll();
    assertThat(heads.outstanding()).isZero();
  }

  private ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
    channel.pipeline().addLast(handler);
    return channel.newSucceededFuture();
  }

  private UpstreamCluster cluster() {
    return Objects.requireNonNull(upstreams.find("o"));
  }

  private OriginalHosts hosts() {
    return Objects.requireNonNull(Objects.requireNonNull(shared.get("o")).originalHosts());
  }

  private Endpoint meant() {
    return hosts().findOrMake(MEANT);
  }

  @Test
  void staysWhenOtherHostsAreFoundOrJudged() {
    hosts().findOrMake(new HostPort("10.0.0.2", 80)).shared().mark(HealthFlag.FAILED_OUTLIER_CHECK);

    upstreams.put(hosts().all());
    upstreams.put(EndpointSet.empty("o"));
    loop.runTasks();

    assertThat(channel.isOpen()).isTrue();
    assertThat(cluster().pools()).isOne();
  }

  @Test
  void staysWhenTheClusterIsSentAgain() {
    var again = CLUSTER.toBuilder().addedViaApi(true).build();

    shared.added(again);
    upstreams.put(again);
    loop.runTasks();

    assertThat(channel.isOpen()).isTrue();
    assertThat(cluster().pools()).isOne();
  }

  @Test
  void isClosedWhenItsHostIsJudgedUnfit() {
    meant().shared().mark(HealthFlag.FAILED_OUTLIER_CHECK);

    upstreams.put(hosts().all());
    loop.runTasks();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void keepsItsHostUntilItEnds() {
    loop.advance(TWO_SWEEPS);
    assertThat(hosts().size()).isOne();

    channel.close();
    loop.runTasks();
    loop.advance(TWO_SWEEPS);

    assertThat(hosts().size()).isZero();
    assertThat(cluster().pools()).isZero();
  }

  private static final class Unheld implements FlowControl {
    @Override
    public void hold(Hold cause) {}

    @Override
    public void release(Hold cause) {}
  }

  private final class Sink implements UpstreamSink {
    @Override
    public void onHead(HeaderMap head, boolean end) {
      answer = head;
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      chunk.release();
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      trailers.release();
    }

    @Override
    public void onReset(ResetReason why) {}
  }
}
