package dev.outrider.proxy.xds.grpc;

import dev.outrider.proxy.cluster.HostPort;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.function.Supplier;

/// What channels of gRPC connect with: sockets of one thread, for all control planes, over TCP and
/// on this machine. Made when the first one is asked for; the thread lives as long as the process.
final class Sockets {
  private static final EventLoopGroup LOOP =
      new MultiThreadIoEventLoopGroup(
          1,
          new DefaultThreadFactory("control-plane", true),
          Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());

  private Sockets() {}

  /// Of a channel to an address.
  ///
  /// @param connectMillis how long it may take to connect
  static NettyChannelBuilder builder(HostPort address, int connectMillis, ConnectionTap tap) {
    return address.isPipe()
        ? pipe(address.host(), tap, connectMillis)
        : tcp(
            NettyChannelBuilder.forAddress(new InetSocketAddress(address.host(), address.port())),
            tap,
            connectMillis);
  }

  /// Of a channel to a target of gRPC.
  ///
  /// @param target that names one address at most
  /// @throws IllegalArgumentException if it is none
  static NettyChannelBuilder builder(String target, int connectMillis, ConnectionTap tap) {
    if (target.startsWith("unix:")) {
      var path = target.substring("unix:".length());
      return pipe(path.startsWith("//") ? path.substring(2) : path, tap, connectMillis);
    }
    if (target.startsWith("unix-abstract:")) {
      return pipe("@" + target.substring("unix-abstract:".length()), tap, connectMillis);
    }
    var name =
        target.startsWith("ipv4:") || target.startsWith("ipv6:")
            ? "dns:///" + target.substring("ipv4:".length())
            : target.startsWith("dns:") ? target : "dns:///" + target;
    var uri = name.replace("[", "%5B").replace("]", "%5D"); // an IPv6 address; RFC 3986 3.3
    return tcp(NettyChannelBuilder.forTarget(uri), tap, connectMillis);
  }

  private static NettyChannelBuilder tcp(
      NettyChannelBuilder builder, ConnectionTap tap, int connectMillis) {
    Supplier<Channel> sockets =
        Epoll.isAvailable() ? EpollSocketChannel::new : NioSocketChannel::new;
    return on(builder, InetSocketAddress.class, sockets, tap, connectMillis);
  }

  private static NettyChannelBuilder pipe(String path, ConnectionTap tap, int connectMillis) {
    if (Epoll.isAvailable()) {
      var name = path.startsWith("@") ? "\0" + path.substring(1) : path;
      return on(
          NettyChannelBuilder.forAddress(new DomainSocketAddress(name)),
          DomainSocketAddress.class,
          EpollDomainSocketChannel::new,
          tap,
          connectMillis);
    }
    return on(
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(path)),
        UnixDomainSocketAddress.class,
        NioDomainSocketChannel::new,
        tap,
        connectMillis);
  }

  private static NettyChannelBuilder on(
      NettyChannelBuilder builder,
      Class<? extends SocketAddress> address,
      Supplier<? extends Channel> sockets,
      ConnectionTap tap,
      int connectMillis) {
    return builder
        .eventLoopGroup(LOOP)
        .channelFactory(tap.sockets(sockets), address)
        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
        .addTransportFilter(tap)
        .disableRetry()
        .directExecutor();
  }
}
