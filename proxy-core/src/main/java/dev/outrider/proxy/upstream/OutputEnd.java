package dev.outrider.proxy.upstream;

import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/// Ends the bytes that go to a peer while its own go on: a FIN, or `close_notify` (RFC 8446 6.1)
/// where the connection is secured. On the connection's loop.
public final class OutputEnd {
  private OutputEnd() {}

  /// To be called when what was written has left.
  public static void end(Channel channel) {
    var ssl = channel.pipeline().get(SslHandler.class);
    if (ssl != null) {
      ssl.closeOutbound();
    } else if (channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    }
  }
}
