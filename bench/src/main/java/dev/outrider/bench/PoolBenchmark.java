package dev.outrider.bench;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.upstream.TransportSocketOptions;
import dev.outrider.proxy.upstream.UpstreamCluster;
import dev.outrider.proxy.upstream.UpstreamSink;
import dev.outrider.proxy.upstream.Upstreams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// An attempt takes a place on the HTTP/2 connection of a pool, and in every circuit breaker, and
/// gives both back before it has sent anything.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PoolBenchmark {
  private static final String NAME = "bench";

  private static final FlowControl NOTHING =
      new FlowControl() {
        @Override
        public void hold(Hold cause) {}

        @Override
        public void release(Hold cause) {}
      };

  private final UpstreamSink responses =
      new UpstreamSink() {
        @Override
        public void onConnected(
            HostPort localAddress, long connectionId, long connectBegunNanos, long connectedNanos) {
          taken++;
        }

        @Override
        public void onHead(HeaderMap head, boolean end) {
          head.release();
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
      };

  @SuppressWarnings("NullAway.Init") // made in setUp, as all below
  private RigLoop loop;

  @SuppressWarnings("NullAway.Init")
  private UpstreamCluster cluster;

  @SuppressWarnings("NullAway.Init")
  private Endpoint endpoint;

  @SuppressWarnings("NullAway.Init")
  private Runnable exchange;

  private int connections;
  private long taken;
  private long before;

  @Setup
  public void setUp() {
    loop = new RigLoop();
    var shared = new SharedClusters(new MetricRegistry(1));
    var upstreams =
        new Upstreams(
            loop,
            (_, handler, _) -> {
              connections++;
              return new EmbeddedChannel(handler).newSucceededFuture();
            },
            new HeadStores(false),
            shared,
            new SplittableRandom(1));
    var assignment = new Assignment(NAME, List.of(new EndpointSpec(new HostPort("10.0.0.1", 1))));
    var config = Cluster.withDefaults(NAME, new Discovery.Static(assignment));
    shared.added(config);
    upstreams.put(config);
    upstreams.put(EndpointSet.next(null, NAME, assignment, 1));
    cluster = Objects.requireNonNull(upstreams.find(NAME), "no cluster");
    endpoint = cluster.endpoints().endpoints().getFirst();
    exchange = this::exchange;
    loop.turn(exchange); // which makes the connection
  }

  @Benchmark
  public void acquireAndRelease() {
    before = taken;
    loop.turn(exchange);
    if (connections > 1 || taken == before) {
      throw new IllegalStateException("the connection was not used again");
    }
  }

  private void exchange() {
    cluster
        .open(
            endpoint,
            HttpVersion.HTTP2,
            Priority.DEFAULT,
            TransportSocketOptions.NONE,
            responses,
            NOTHING)
        .cancel();
  }
}
