package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.FilterChain;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.stream.ConnectionInfo;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;

/// A chain that ends in a terminal network filter.
final class TcpChain extends ServedChain {
  private final StatCells listenerCells;

  TcpChain(ListenerScope scope, FilterChain chain) {
    super(scope, chain);
    this.listenerCells = scope.cells();
  }

  @Override
  void connectionOpened() {
    listenerCells.inc(ListenerStats.CX_TOTAL);
    listenerCells.inc(ListenerStats.CX_ACTIVE);
  }

  @Override
  void serve(Channel channel, ConnectionInfo info, long startNanos) {
    channel.pipeline().addLast(NetworkConnection.terminal(this, channel, info, startNanos));
  }

  void connectionClosed(long millis) {
    listenerCells.dec(ListenerStats.CX_ACTIVE);
    listenerCells.inc(ListenerStats.CX_DESTROY);
    listenerCells.record(ListenerStats.CX_LENGTH_MS, millis);
  }

  @Override
  void connectionClosed(boolean byPeer, long millis) {
    connectionClosed(millis);
  }

  @Override
  void onClientDone(ChannelHandlerContext behind) {
    TlsHandshake.halfClose(behind);
  }

  @Override
  long idleMillis() {
    return 0;
  }

  @Override
  void onRetired() {}

  @Override
  void onReleased() {}
}
