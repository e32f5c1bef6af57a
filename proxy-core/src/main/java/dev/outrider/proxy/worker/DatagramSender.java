package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/// Sends texts as datagrams to one address and forgets them: what its socket cannot take now, or
/// nobody receives, is lost. Ends with its loop. Any thread.
public final class DatagramSender {
  private final Channel channel;
  private final InetSocketAddress to;

  /// @param channel a socket for datagrams
  /// @param to an IP address and a port
  DatagramSender(Channel channel, HostPort to) {
    this.channel = channel;
    this.to = new InetSocketAddress(to.host(), to.port());
  }

  public void send(String text) {
    // What other threads have handed over counts as well, so that a loop that lags drops it.
    if (channel.isWritable()) {
      var bytes = ByteBufUtil.writeUtf8(channel.alloc(), text);
      var _ = channel.writeAndFlush(new DatagramPacket(bytes, to));
    }
  }
}
