package dev.outrider.proxy.downstream;

import dev.outrider.proxy.stream.StreamInfo;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/// Tells the access logs of the listener when a connection has ended that nobody else speaks for.
final class ConnectionLog extends ChannelInboundHandlerAdapter {
  private final ListenerScope scope;
  private final StreamInfo info;

  ConnectionLog(ListenerScope scope, StreamInfo info) {
    this.scope = scope;
    this.info = info;
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    context.fireChannelInactive(); // streams that end with it come first
    info.times().ended(scope.context().loop().clock().nanoTime());
    scope.log(info);
  }
}
