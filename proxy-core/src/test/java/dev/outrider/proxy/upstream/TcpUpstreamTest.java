package dev.outrider.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.cluster.SocketMatch;
import dev.outrider.proxy.cluster.TlvChoice;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpUpstreamTest {
  private static final Cluster PLAIN =
      Cluster.withDefaults("svc", new Discovery.Static(new Assignment("svc", List.of())));
  private static final Cluster INTRODUCED =
      PLAIN.toBuilder()
          .socketMatches(
              List.of(
                  new SocketMatch(
                      "told",
                      Metadata.NONE,
                      null,
                      new ProxyHeaderSpec(false, TlvChoice.NONE, List.of()))))
          .build();

  private final FakeLoop loop = new FakeLoop();
  private final SharedClusters shared = new SharedClusters(new MetricRegistry(1));
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ChannelPromise connected = channel.newPromise();
  private final Upstreams upstreams =
      new Upstreams(loop, this::connect, new HeadStores(true), shared, new SplittableRandom(1));
  private final Sink sink = new Sink();

  private ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
    channel.pipeline().addLast(handler);
    return connected;
  }

  @AfterEach
  void end() {
    upstreams.remove("svc");
    loop.runTasks();
    channel.finishAndReleaseAll();
  }

  private void openOne() {
    shared.added(INTRODUCED);
    upstreams.put(INTRODUCED);
    var told = EndpointAccess.DEFAULT.by(0);
    var host = new EndpointSpec(new HostPort("10.0.0.1", 1)).reached(told);
    upstreams.put(EndpointSet.next(null, "svc", new Assignment("svc", List.of(host), 140), 1));
    var cluster = Objects.requireNonNull(upstreams.find("svc"));
    cluster.openTcp(cluster.endpoints().endpoints().getFirst(), TransportSocketOptions.NONE, sink);
    loop.runTasks();
  }

  @Test
  void beginsAsItWasConfiguredWhenItBegan() {
    openOne();

    shared.added(PLAIN);
    upstreams.put(PLAIN);
    connected.setSuccess();
    loop.runTasks();

    ByteBuf header = channel.readOutbound();
    assertThat(header.toString(StandardCharsets.US_ASCII)).startsWith("PROXY UNKNOWN\r\n");
    header.release();
    assertThat(sink.said).hasToString("connected ");
  }

  @Test
  void tellsOfADefectWhileItConnects() {
    openOne();
    var upstream = channel.pipeline().get(TcpUpstream.class);

    upstream.onBug(new IllegalStateException("of a test"));
    connected.setSuccess();
    loop.runTasks();

    assertThat(sink.said).hasToString("LOCAL_CONNECTION_FAILURE ");
  }

  private static final class Sink implements TcpUpstreamSink {
    final StringBuilder said = new StringBuilder();

    @Override
    public void onConnected() {
      said.append("connected ");
    }

    @Override
    public void onConnectFailed(ResetReason why, String detail) {
      said.append(why).append(' ');
    }

    @Override
    public void onBytes(ByteBuf chunk, boolean end) {
      chunk.release();
    }

    @Override
    public void onUpstreamWritable(boolean writable) {}

    @Override
    public void onClosed(boolean reset) {
      said.append("closed ");
    }
  }
}
