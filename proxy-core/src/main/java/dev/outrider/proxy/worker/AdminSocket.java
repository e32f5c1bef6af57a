package dev.outrider.proxy.worker;

import dev.outrider.proxy.config.BindOptions;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.downstream.ListenerStats;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.worker.Acceptor.SocketEvents;
import dev.outrider.proxy.worker.Acceptor.Target;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/// A socket that shares its address with nobody and whose connections stay on one loop: the admin
/// interface's. On that loop.
final class AdminSocket implements SocketEvents {
  private static final BindOptions BINDING = new BindOptions(true, false, 0, 0);

  private final NettyLoop loop;
  private final Transport transport;
  private final ListenerSocket socket;
  private final StatCells cells;
  private final CompletableFuture<Channel> opened = new CompletableFuture<>();
  private Consumer<Channel> target = Channel::close; // nobody is let in before the file is ready

  private AdminSocket(NettyLoop loop, Transport transport, ListenerSocket socket, StatCells cells) {
    this.loop = loop;
    this.transport = transport;
    this.socket = socket;
    this.cells = cells;
  }

  /// Completes when connections are taken, with the listening channel.
  static CompletionStage<Channel> open(
      NettyLoop loop,
      Transport transport,
      ListenerSocket socket,
      StatCells cells,
      Consumer<Channel> accepted) {
    var opening = new AdminSocket(loop, transport, socket, cells);
    opening.bind(accepted);
    return opening.opened;
  }

  private void bind(Consumer<Channel> accepted) {
    var file = PipeFile.of(socket);
    var place = file == null ? socket : file.draft();
    var acceptor =
        new Acceptor(() -> new Target(loop.eventLoop(), child -> target.accept(child)), this);
    var bound = transport.listen(loop.eventLoop(), place, BINDING, false, acceptor);
    bound.addListener(
        _ -> {
          if (!bound.isSuccess()) {
            opened.completeExceptionally(bound.cause());
          } else if (file == null) {
            ready(bound.getNow(), accepted);
          } else {
            file.prepare()
                .thenRunAsync(() -> publish(bound.getNow(), file, accepted), loop.eventLoop())
                .exceptionally(failure -> fail(bound.getNow(), file, failure));
          }
        });
  }

  private void publish(Channel channel, PipeFile file, Consumer<Channel> accepted) {
    channel.closeFuture().addListener(_ -> file.remove());
    try {
      file.publish();
      ready(channel, accepted);
    } catch (IOException refused) {
      fail(channel, file, refused);
    }
  }

  private void ready(Channel channel, Consumer<Channel> accepted) {
    target = accepted;
    opened.complete(channel);
  }

  private Void fail(Channel channel, PipeFile file, Throwable why) {
    channel.close();
    file.remove();
    opened.completeExceptionally(why.getCause() == null ? why : why.getCause());
    return null;
  }

  @Override
  public void accepted(int count) {
    cells.record(ListenerStats.CONNECTIONS_ACCEPTED_PER_SOCKET_EVENT, count);
  }

  @Override
  public void acceptFailed() {
    cells.inc(ListenerStats.CX_ACCEPT_ERROR);
  }

  @Override
  public long nanoTime() {
    return loop.clock().nanoTime();
  }
}
