package dev.outrider.proxy.worker;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.util.AttributeKey;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes what a listening socket accepts and gives each connection to a loop. On the socket's loop.
///
/// When the process has no descriptor left the socket rests: the kernel would say so again at once
/// and for ever. Clients wait in its backlog meanwhile.
final class Acceptor extends ChannelInboundHandlerAdapter {
  /// Where a connection goes.
  ///
  /// @param accepted takes the connection, on its loop, before anything is read of it
  record Target(EventLoop loop, Consumer<Channel> accepted) {}

  private static final Logger LOG = LoggerFactory.getLogger("conn_handler");
  private static final AttributeKey<Boolean> PAUSED =
      AttributeKey.valueOf(Acceptor.class, "paused");
  private static final long REST_MILLIS = 200;
  private static final long NANOS_BETWEEN_WARNINGS = TimeUnit.SECONDS.toNanos(30);

  /// One warning for all sockets of the process.
  private static final AtomicLong LAST_WARNING = new AtomicLong(Long.MIN_VALUE);

  private final Supplier<Target> targets;
  private final SocketEvents events;
  private int accepted;

  /// @param targets asked anew for each connection
  Acceptor(Supplier<Target> targets, SocketEvents events) {
    this.targets = targets;
    this.events = events;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    accepted++;
    var child = (Channel) message;
    var target = targets.get();
    child.pipeline().addLast(new Handing(target.accepted()));
    target
        .loop()
        .register(child)
        .addListener(
            done -> {
              if (!done.isSuccess()) { // the loop is about to end
                child.unsafe().closeForcibly();
              }
            });
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    events.accepted(accepted);
    accepted = 0;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    var channel = context.channel();
    events.acceptFailed();
    if (channel.config().isAutoRead()) {
      channel.config().setAutoRead(false);
      channel.eventLoop().schedule(() -> endRest(channel), REST_MILLIS, TimeUnit.MILLISECONDS);
    }
    warn(channel, cause);
  }

  /// Has a listening socket accept nobody, for as long as that is asked for. On its loop.
  static void pause(Channel channel, boolean paused) {
    channel.attr(PAUSED).set(paused);
    channel.config().setAutoRead(!paused);
  }

  private static void endRest(Channel channel) {
    channel.config().setAutoRead(!Boolean.TRUE.equals(channel.attr(PAUSED).get()));
  }

  private void warn(Channel channel, Throwable cause) {
    var now = events.nanoTime();
    var last = LAST_WARNING.get();
    var due = last == Long.MIN_VALUE || now - last > NANOS_BETWEEN_WARNINGS;
    if (due && LAST_WARNING.compareAndSet(last, now)) {
      LOG.warn(
          "{} cannot accept: {}. Clients wait until descriptors are free; raise the limit of the"
              + " process (ulimit -n), or limit connections below it"
              + " (envoy.resource_monitors.global_downstream_max_connections)",
          channel.localAddress(),
          String.valueOf(cause.getMessage()));
    }
  }

  /// What the owner of a socket is told and asked.
  interface SocketEvents {
    /// So many connections were accepted at once.
    void accepted(int count);

    /// A connection could not be accepted.
    void acceptFailed();

    /// Of the loop's clock.
    long nanoTime();
  }

  /// Hands an accepted channel on, on its loop.
  private static final class Handing extends ChannelInitializer<Channel> {
    private final Consumer<Channel> accepted;

    Handing(Consumer<Channel> accepted) {
      this.accepted = accepted;
    }

    @Override
    protected void initChannel(Channel channel) {
      accepted.accept(channel);
    }
  }
}
