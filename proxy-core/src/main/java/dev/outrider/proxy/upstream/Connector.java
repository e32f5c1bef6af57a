package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.UpstreamSockets;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;

/// Opens transport connections on the loop it belongs to.
@FunctionalInterface
public interface Connector {
  /// Starts to connect; `handler` is the only one of the channel's pipeline. Never times out by
  /// itself, and tells about a failure through the future.
  ///
  /// @param bufferLimitBytes unwritten bytes at which the channel becomes unwritable; writable
  ///   again at half of it
  ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimitBytes);

  /// The same with a socket that is bound and set as the cluster says.
  default ChannelFuture connect(
      HostPort address, UpstreamSockets sockets, ChannelHandler handler, int bufferLimitBytes) {
    return connect(address, handler, bufferLimitBytes);
  }
}
