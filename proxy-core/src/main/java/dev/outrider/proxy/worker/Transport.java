package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.upstream.Connector;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.function.Consumer;

/// Which of the kernel's interfaces moves the bytes: native epoll where its library loads, else
/// NIO.
public enum Transport {
  EPOLL,
  NIO;

  /// Its slices are recycled: 50 bytes of garbage per request where the adaptive one makes 130.
  private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  private static final ChannelOption<Boolean> NIO_REUSE_PORT =
      NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT);
  private static final int SMALLEST_LOW_MARK = 1024;

  public static Transport best() {
    return Epoll.isAvailable() ? EPOLL : NIO;
  }

  IoHandlerFactory ioHandlers() {
    return switch (this) {
      case EPOLL -> EpollIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  private Class<? extends ServerChannel> serverChannel() {
    return switch (this) {
      case EPOLL -> EpollServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }

  private Class<? extends Channel> channel() {
    return switch (this) {
      case EPOLL -> EpollSocketChannel.class;
      case NIO -> NioSocketChannel.class;
    };
  }

  private ChannelOption<Boolean> reusePort() {
    return switch (this) {
      case EPOLL -> EpollChannelOption.SO_REUSEPORT;
      case NIO -> NIO_REUSE_PORT;
    };
  }

  /// A listening socket of its own for the loop; every loop that binds the same address gets its
  /// share of connections.
  ChannelFuture bind(
      EventLoop loop, HostPort address, Binding binding, Consumer<Channel> accepted) {
    var bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(serverChannel())
            .option(reusePort(), true)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOCATOR, ALLOCATOR)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark(binding.bufferLimitBytes()))
            .childHandler(new Acceptance(accepted));
    if (binding.backlog() > 0) {
      bootstrap.option(ChannelOption.SO_BACKLOG, binding.backlog());
    }
    return bootstrap.bind(socketAddress(address));
  }

  /// A listening socket that shares its address with nobody.
  ChannelFuture bindAlone(EventLoop loop, HostPort address, Consumer<Channel> accepted) {
    return new ServerBootstrap()
        .group(loop)
        .channel(serverChannel())
        .option(ChannelOption.SO_REUSEADDR, true)
        .childHandler(new Acceptance(accepted))
        .bind(socketAddress(address));
  }

  /// Opens connections on that loop.
  Connector connector(EventLoop loop) {
    var template =
        new Bootstrap()
            .group(loop)
            .channel(channel())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.ALLOCATOR, ALLOCATOR)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
            .disableResolver();
    return (address, handler, bufferLimit) -> connect(template, address, handler, bufferLimit);
  }

  private static ChannelFuture connect(
      Bootstrap template, HostPort address, ChannelHandler handler, int bufferLimit) {
    return template
        .clone()
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark(bufferLimit))
        .handler(handler)
        .connect(socketAddress(address));
  }

  private static WriteBufferWaterMark waterMark(int limit) {
    var high = Math.max(limit, SMALLEST_LOW_MARK * 2);
    return new WriteBufferWaterMark(high / 2, high);
  }

  /// Addresses are literals: nothing is resolved here, a name stays unresolved and fails to
  /// connect.
  private static SocketAddress socketAddress(HostPort address) {
    var literal = NetUtil.createInetAddressFromIpAddressString(address.host());
    return literal == null
        ? InetSocketAddress.createUnresolved(address.host(), address.port())
        : new InetSocketAddress(literal, address.port());
  }

  /// How a listener wants its sockets.
  ///
  /// @param backlog 0 = the system's
  record Binding(int backlog, int bufferLimitBytes) {}

  /// Hands accepted channels on, on their loop.
  @ChannelHandler.Sharable
  private static final class Acceptance extends ChannelInitializer<Channel> {
    private final Consumer<Channel> accepted;

    Acceptance(Consumer<Channel> accepted) {
      this.accepted = accepted;
    }

    @Override
    protected void initChannel(Channel channel) {
      accepted.accept(channel);
    }
  }
}
