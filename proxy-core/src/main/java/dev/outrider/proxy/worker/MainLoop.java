package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.dns.LoopResolvers;
import dev.outrider.proxy.dns.NameResolvers;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.runtime.RuntimeReader;
import dev.outrider.proxy.upstream.CalloutClient;
import dev.outrider.proxy.upstream.Callouts;
import dev.outrider.proxy.upstream.Upstreams;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// The loop that is not a worker: configuration is decided here, never on a request's way. It has
/// clusters of its own, for calls made on behalf of the process, but no listeners. Never blocks.
public final class MainLoop implements WorkerContext {
  private final NettyLoop loop;
  private final HeadStores heads = new HeadStores();
  private final RandomGenerator random;
  private final Upstreams upstreams;
  private final CalloutClient callouts;
  private final RuntimeReader runtime = new RuntimeReader();
  private final Transport transport;

  MainLoop(NettyLoop loop, WorkerSpec spec) {
    this.loop = loop;
    this.transport = spec.transport();
    this.random = spec.random().get();
    var connector = spec.transport().connector(loop.eventLoop());
    this.upstreams = new Upstreams(loop, connector, heads, spec.clusters(), random, spec.place());
    this.callouts = new Callouts(upstreams, spec.registry());
  }

  @Override
  public NettyLoop loop() {
    return loop;
  }

  @Override
  public CalloutClient callouts() {
    return callouts;
  }

  @Override
  public Upstreams upstreams() {
    return upstreams;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public RuntimeReader runtime() {
    return runtime;
  }

  @Override
  public HeadStores heads() {
    return heads;
  }

  /// Asks name servers from this loop.
  ///
  /// @param background for what the system's own resolver blocks
  public NameResolvers nameResolvers(Executor background) {
    return new LoopResolvers(
        () -> transport.resolverOn(loop.eventLoop()), loop::execute, background);
  }

  /// Accepts connections that are no client's: the admin interface. `accepted` gets each, on this
  /// loop. The socket is not shared: a port that somebody else listens on is refused. On this loop;
  /// completes with the listening channel.
  ///
  /// @param cells of `ListenerStats`, this loop's
  public CompletionStage<Channel> listen(
      ListenerSocket socket, StatCells cells, Consumer<Channel> accepted) {
    loop.assertOnLoop();
    return AdminSocket.open(loop, transport, socket, cells, accepted);
  }

  /// Opens a socket that sends datagrams to that address. On this loop, where it completes.
  public CompletionStage<DatagramSender> datagramsTo(HostPort address) {
    loop.assertOnLoop();
    var opened = new CompletableFuture<DatagramSender>();
    transport
        .datagrams(loop.eventLoop())
        .addListener(
            (Future<Channel> socket) -> {
              if (socket.isSuccess()) {
                opened.complete(new DatagramSender(socket.getNow(), address));
              } else {
                opened.completeExceptionally(socket.cause());
              }
            });
    return opened;
  }

  /// The clusters part of a change; on this loop.
  void apply(ConfigChange change) {
    change.clusters().updated().values().forEach(upstreams::put);
    change.endpoints().updated().values().forEach(upstreams::put);
    change.endpoints().removed().forEach(name -> upstreams.put(EndpointSet.empty(name)));
    change.clusters().removed().forEach(upstreams::remove);
  }
}
