package dev.outrider.proxy.health.probe;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.cluster.UpstreamSockets;
import dev.outrider.proxy.health.CheckIntervals;
import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.health.HealthCheckSpec;
import dev.outrider.proxy.health.Probe;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.upstream.Connector;
import dev.outrider.proxy.upstream.Upstreams;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A host that is asked over connections in memory, and what its probe says of it.
final class ProbedHost implements Probe.Outcome {
  final FakeLoop loop = new FakeLoop();
  final HeadStores heads = new HeadStores(true);
  final List<EmbeddedChannel> channels = new ArrayList<>();
  final List<UpstreamSockets> sockets = new ArrayList<>();

  /// What the probe has told, one word each.
  final List<String> told = new ArrayList<>();

  final Probe probe;

  ProbedHost(Cluster cluster, EndpointSpec host, boolean reuses, ProbeSpec spec) {
    var upstreams =
        new Upstreams(
            loop,
            new Sockets(),
            heads,
            new SharedClusters(new MetricRegistry(1)),
            new SplittableRandom(1));
    var check =
        new HealthCheckSpec(
            500,
            new CheckIntervals(1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 0, 0, 0),
            1,
            1,
            reuses,
            spec);
    this.probe =
        new UpstreamProbes(loop, upstreams, heads)
            .of(cluster, endpoint(cluster, host), check, () -> {});
  }

  private static Endpoint endpoint(Cluster cluster, EndpointSpec host) {
    return EndpointSet.next(null, cluster.name(), new Assignment(cluster.name(), List.of(host)), 1)
        .endpoints()
        .getFirst();
  }

  /// Begins a check and lets it connect.
  void check() {
    probe.start(this);
    loop.runTasks();
  }

  /// The host says something on its newest connection.
  void say(String bytes) {
    channels.getLast().writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
    loop.runTasks();
  }

  /// What has been sent on the newest connection since the last time.
  String heard() {
    var text = new StringBuilder();
    for (ByteBuf sent = channels.getLast().readOutbound();
        sent != null;
        sent = channels.getLast().readOutbound()) {
      text.append(sent.toString(StandardCharsets.US_ASCII));
      sent.release();
    }
    return text.toString();
  }

  void close() {
    probe.close();
    loop.runTasks();
    channels.forEach(EmbeddedChannel::finishAndReleaseAll);
  }

  @Override
  public void onPass(boolean degraded) {
    told.add("pass");
  }

  @Override
  public void onFail(FailureKind kind, boolean retriable, boolean leftOut) {
    told.add(kind.name());
  }

  private final class Sockets implements Connector {
    @Override
    public ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
      var channel = new EmbeddedChannel(handler);
      channels.add(channel);
      return channel.newSucceededFuture();
    }

    @Override
    public ChannelFuture connect(
        HostPort address, UpstreamSockets wanted, ChannelHandler handler, int bufferLimit) {
      sockets.add(wanted);
      return connect(address, handler, bufferLimit);
    }
  }
}
