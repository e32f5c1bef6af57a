package dev.outrider.proxy.downstream;

import dev.outrider.proxy.filter.network.CloseMode;
import dev.outrider.proxy.filter.network.ConnectionEnd;
import dev.outrider.proxy.filter.network.ConnectionFilters;
import dev.outrider.proxy.filter.network.NetworkHost;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.upstream.OutputEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection of a client with network filters: between the socket and the HTTP connection that
/// stands behind it in the pipeline, or at the end of the pipeline if the last filter is terminal.
/// A terminal filter sees the two directions end one by one. Owned by one worker.
final class NetworkConnection extends ChannelDuplexHandler
    implements ServedConnection, NetworkHost, FlowControl {
  private static final Logger LOG = LoggerFactory.getLogger("connection");

  /// Of Netty's 31 reasons why a channel may not be written to.
  private static final int HELD_BY_FILTERS = 2;

  private final ServedChain chain;
  private final @Nullable TcpChain terminal;
  private final Loop loop;
  private final Channel channel;
  private final StreamInfo info;
  private final ConnectionFilters filters;
  private final HoldSet holds = new HoldSet();
  private final Runnable flush = this::flush;
  private @Nullable ChannelHandlerContext context;
  private boolean flushAsked;
  private boolean inputEnded;
  private boolean outputEnded;
  private boolean closedHere;
  private boolean resetByPeer;
  private boolean ended;
  private long received;
  private long sent;

  private NetworkConnection(
      ServedChain chain,
      @Nullable TcpChain terminal,
      Channel channel,
      ConnectionInfo connection,
      long startNanos) {
    this.chain = chain;
    this.terminal = terminal;
    this.channel = channel;
    this.loop = chain.context().loop();
    this.info = chain.scope().streamInfo(connection, startNanos);
    info.filterChainName(chain.name());
    this.filters = new ConnectionFilters(this, chain.bufferLimit());
    chain.opened(this);
  }

  /// The last filter takes the bytes.
  static NetworkConnection terminal(
      TcpChain chain, Channel channel, ConnectionInfo connection, long startNanos) {
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    return new NetworkConnection(chain, chain, channel, connection, startNanos);
  }

  /// The next handler takes the bytes.
  static NetworkConnection beforeHttp(
      HttpChain chain, Channel channel, ConnectionInfo connection, long startNanos) {
    return new NetworkConnection(chain, null, channel, connection, startNanos);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext newContext) {
    context = newContext;
    inTurn(
        () -> {
          chain.networkFilters().forEach(filters::add);
          filters.start();
        });
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context, "not in a pipeline yet");
  }

  // ---- what comes from the client

  @Override
  public void channelRead(ChannelHandlerContext here, Object message) {
    loop.turn().begin();
    try {
      var bytes = (ByteBuf) message;
      received += bytes.readableBytes();
      info.sizes().downstream().received(received, 0);
      info.sizes().addRequestBody(bytes.readableBytes()); // whatever filters make of it
      filters.onRead(bytes, false);
      if (holds.held() && channel.config().isAutoRead()) {
        channel.config().setAutoRead(false); // whoever stands behind let it flow again
      }
    } catch (RuntimeException | Error bug) {
      onBug(bug);
    } finally {
      loop.turn().end();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext here) {
    loop.turn().run();
    here.fireChannelReadComplete();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext here, Object event) {
    if (terminal != null && event instanceof ChannelInputShutdownEvent) {
      inTurn(this::onInputEnd);
    } else {
      here.fireUserEventTriggered(event);
    }
  }

  private void onInputEnd() {
    inputEnded = true;
    filters.onRead(Unpooled.EMPTY_BUFFER, true);
    if (outputEnded) {
      channel.close();
    }
  }

  @Override
  public void onRead(ByteBuf chunk, boolean end) {
    context().fireChannelRead(chunk);
  }

  // ---- what goes to the client

  /// From the HTTP connection behind. An empty buffer carries only its promise.
  @Override
  public void write(ChannelHandlerContext here, Object message, ChannelPromise promise) {
    var bytes = (ByteBuf) message;
    if (!bytes.isReadable()) {
      here.write(bytes, promise);
      return;
    }
    inTurn(() -> filters.write(bytes, false));
    if (!promise.isVoid()) {
      here.write(Unpooled.EMPTY_BUFFER, promise);
    }
  }

  @Override
  public void onWrite(ByteBuf chunk, boolean end) {
    sent += chunk.readableBytes();
    info.sizes().downstream().sent(sent, 0);
    info.sizes().addResponseBody(chunk.readableBytes());
    context().write(chunk, channel.voidPromise());
    if (end) {
      context()
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(done -> inTurn(() -> onOutputEnd(done.isSuccess())));
    } else if (terminal != null && !flushAsked) {
      flushAsked = true;
      loop.turn().flushLater(flush);
    }
  }

  private void flush() {
    flushAsked = false;
    if (!ended) {
      context().flush();
    }
  }

  private void onOutputEnd(boolean sentAll) {
    if (ended || !sentAll) {
      return;
    }
    outputEnded = true;
    if (inputEnded) {
      closedHere = true;
      channel.close();
    } else {
      OutputEnd.end(channel);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext here) {
    inTurn(() -> filters.onWritable(channel.isWritable()));
    here.fireChannelWritabilityChanged();
  }

  @Override
  public void writesHeld(boolean held) {
    var written = channel.unsafe().outboundBuffer();
    if (written != null) {
      written.setUserDefinedWritability(HELD_BY_FILTERS, !held);
    }
  }

  @Override
  public boolean writable() {
    return channel.isWritable();
  }

  // ---- flow control of the client

  @Override
  public FlowControl reading() {
    return this;
  }

  @Override
  public void hold(Hold cause) {
    if (holds.hold(cause)) {
      channel.config().setAutoRead(false);
    }
  }

  @Override
  public void release(Hold cause) {
    if (holds.release(cause) && !ended && !filters.closing()) {
      channel.config().setAutoRead(true);
    }
  }

  // ---- the end

  /// A filter asks for it.
  @Override
  public void close(CloseMode mode, String details) {
    if (ended || !channel.isActive()) {
      return;
    }
    closedHere = true;
    info.localCloseReason(details);
    channel.config().setAutoRead(false);
    switch (mode) {
      case FLUSH ->
          context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      case NO_FLUSH -> context().close();
      case RESET -> {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        context().close();
      }
    }
  }

  /// The HTTP connection behind closes.
  @Override
  public void close(ChannelHandlerContext here, ChannelPromise promise) {
    closedHere = true;
    here.close(promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext here) {
    inTurn(
        () ->
            end(
                resetByPeer
                    ? ConnectionEnd.REMOTE_RESET
                    : closedHere ? ConnectionEnd.LOCAL : ConnectionEnd.REMOTE));
    here.fireChannelInactive();
  }

  /// A broken transport; the close that follows tells the rest.
  @Override
  public void exceptionCaught(ChannelHandlerContext here, Throwable cause) {
    LOG.debug("[C{}] {}", info.connection().id(), cause.toString());
    if (!closedHere && cause instanceof IOException && !(cause instanceof ClosedChannelException)) {
      resetByPeer = true; // and not only something that was written and cannot leave any more
    }
    here.close();
  }

  @Override
  public void onBug(Throwable bug) {
    LOG.error("[C{}] connection ended by a bug", info.connection().id(), bug);
    close(CloseMode.NO_FLUSH, "internal_error");
  }

  private void end(ConnectionEnd how) {
    if (ended) {
      return;
    }
    ended = true;
    var now = loop.clock().nanoTime();
    info.times().ended(now);
    if (terminal != null) {
      terminal.connectionClosed((now - info.times().startNanos()) / 1_000_000);
    }
    try {
      filters.end(how);
    } finally {
      chain.scope().log(info);
      chain.closed(this);
    }
  }

  /// A connection without a protocol of requests is never known to be idle: it has the drain time.
  @Override
  public void closeIfIdle() {}

  /// The HTTP connection behind closes by itself.
  @Override
  public void closeNow() {
    if (terminal != null && !ended) {
      closedHere = true;
      channel.close();
    }
  }

  // ---- the frame of every event

  private void inTurn(Runnable event) {
    loop.turn().begin();
    try {
      event.run();
    } catch (RuntimeException | Error bug) {
      onBug(bug);
    } finally {
      loop.turn().endAndFlush();
    }
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public StreamInfo info() {
    return info;
  }
}
