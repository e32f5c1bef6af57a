package dev.outrider.proxy.downstream;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.tls.HandshakeFailure;
import dev.outrider.proxy.tls.ServerTls;
import dev.outrider.proxy.tls.SocketFactoryStats;
import dev.outrider.proxy.tls.TlsInfo;
import dev.outrider.proxy.tls.TlsStats;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection of a client on its way through the TLS handshake; then its chain's own handlers
/// come in behind. Stays between them and Netty's handler, to tell the end of the client's bytes
/// (`close_notify`), and touches nothing else. Owned by one worker.
final class TlsHandshake extends ChannelInboundHandlerAdapter implements ServedConnection {
  private static final Logger LOG = LoggerFactory.getLogger("connection");

  private final ServedChain chain;
  private final Loop loop;
  private final Channel channel;
  private final SslHandler ssl;
  private final ConnectionInfo info;
  private final long startNanos;
  private final Timer timer;
  private final boolean verified;
  private boolean over;
  private boolean closedHere;
  private final FirstBytes first = new FirstBytes();
  private String failure = "";

  private TlsHandshake(
      ServedChain chain,
      Channel channel,
      SslHandler ssl,
      ConnectionInfo info,
      long startNanos,
      boolean verified) {
    this.chain = chain;
    this.verified = verified;
    this.loop = chain.context().loop();
    this.channel = channel;
    this.ssl = ssl;
    this.info = info;
    this.startNanos = startNanos;
    this.timer = loop.timers().newTimer(this::onTimeout);
    chain.opened(this);
  }

  /// Takes a connection that was accepted and counted.
  static void begin(
      ServedChain chain,
      ServerTls tls,
      long timeoutMillis,
      Channel channel,
      ConnectionInfo info,
      long startNanos) {
    var context = tls.lease();
    if (context == null) { // its secrets have not come
      chain.socketStats().add(SocketFactoryStats.DOWNSTREAM_CONTEXT_SECRETS_NOT_READY, 1);
      chain.connectionClosed(false, 0);
      log(chain, info, startNanos, "TLS error: Secret is not supplied by SDS");
      channel.close();
      return;
    }
    try {
      var ssl = context.ssl().newHandler(channel.alloc());
      context.prepare(ssl.engine()); // tried when the context was made
      ssl.setHandshakeTimeoutMillis(0); // the timer here, which tests can turn
      var handshake = new TlsHandshake(chain, channel, ssl, info, startNanos, context.verifies());
      if (timeoutMillis > 0) {
        handshake.timer.arm(timeoutMillis);
      }
      channel.pipeline().addLast(handshake.first, ssl, handshake);
    } finally {
      context.release();
    }
  }

  /// Remembers how the client begins, and goes: of a record that is none Netty tells no more.
  private static final class FirstBytes extends ChannelInboundHandlerAdapter {
    private int bytes;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof ByteBuf chunk && chunk.readableBytes() >= Integer.BYTES) {
        bytes = chunk.getInt(chunk.readerIndex());
      }
      context.fireChannelRead(message);
      if (!context.isRemoved()) {
        context.pipeline().remove(this);
      }
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    switch (event) {
      case SslHandshakeCompletionEvent done when !over -> inTurn(() -> onDone(done));
      case SslCloseCompletionEvent done when done.isSuccess() -> onClientDone(context);
      default -> context.fireUserEventTriggered(event);
    }
  }

  private void onDone(SslHandshakeCompletionEvent done) {
    timer.cancel();
    if (!done.isSuccess()) {
      onFailed(done.cause());
      return;
    }
    var tls = TlsInfo.of(ssl.engine(), "", verified);
    over = true;
    TlsStats.succeeded(chain.tlsStats(), tls, true);
    chain.serve(channel, info.secured(tls), startNanos); // opens its own before this one closes
    chain.closed(this);
  }

  private void onFailed(Throwable cause) {
    var found = HandshakeFailure.of(cause, first.bytes);
    failure = found.text();
    LOG.debug("[C{}] remote address:{},{}", info.id(), info.directRemote(), failure);
    TlsStats.failed(chain.tlsStats(), found);
  }

  /// Nobody else speaks for a connection that was never served.
  private static void log(ServedChain chain, ConnectionInfo info, long startNanos, String failure) {
    var scope = chain.scope();
    if (scope.logs()) {
      var about = scope.streamInfo(info, startNanos);
      about.downstreamTransportFailed(failure);
      about.times().ended(chain.context().loop().clock().nanoTime());
      scope.log(about);
    }
  }

  /// The client's `close_notify` ends its bytes as a FIN does.
  private void onClientDone(ChannelHandlerContext context) {
    if (over) {
      chain.onClientDone(context);
    } else {
      context.close();
    }
  }

  /// The end of the client's bytes, for a chain whose two directions end one by one.
  static void halfClose(ChannelHandlerContext context) {
    context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
  }

  private void onTimeout() {
    chain.scope().stats().add(ListenerStats.CX_TRANSPORT_SOCKET_CONNECT_TIMEOUT, 1);
    closeNow();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    inTurn(this::end);
    context.fireChannelInactive();
  }

  private void end() {
    if (!over) {
      over = true;
      timer.cancel();
      log(chain, info, startNanos, failure);
      chain.connectionClosed(!closedHere, (loop.clock().nanoTime() - startNanos) / 1_000_000);
      chain.closed(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (over) {
      context.fireExceptionCaught(cause);
    } else {
      LOG.debug("[C{}] {}", info.id(), cause.toString());
      context.close();
    }
  }

  @Override
  public void closeIfIdle() {
    closeNow();
  }

  @Override
  public void closeNow() {
    if (!over) {
      closedHere = true;
      channel.close();
    }
  }

  private void inTurn(Runnable event) {
    loop.turn().begin();
    try {
      event.run();
    } finally {
      loop.turn().endAndFlush();
    }
  }
}
