package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.UpstreamSockets;
import dev.outrider.proxy.config.BindOptions;
import dev.outrider.proxy.config.ListenerSocket;
import dev.outrider.proxy.upstream.Connector;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Which of the kernel's interfaces moves the bytes: native epoll where its library loads, else
/// NIO.
public enum Transport {
  EPOLL,
  NIO;

  /// Its slices are recycled: 50 bytes of garbage per request where the adaptive one makes 130.
  private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  private static final ChannelOption<Boolean> NIO_REUSE_PORT =
      NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT);
  private static final WriteBufferWaterMark WAITING_DATAGRAMS =
      new WriteBufferWaterMark(256 << 10, 512 << 10);
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

  private ServerChannel newServerChannel(boolean pipe) {
    return switch (this) {
      case EPOLL -> pipe ? new EpollServerDomainSocketChannel() : new EpollServerSocketChannel();
      case NIO -> pipe ? new NioServerDomainSocketChannel() : new NioServerSocketChannel();
    };
  }

  private Class<? extends Channel> pipeChannel() {
    return switch (this) {
      case EPOLL -> EpollDomainSocketChannel.class;
      case NIO -> NioDomainSocketChannel.class;
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

  /// Opens a listening socket on that loop, which this must run on.
  ///
  /// @param reusePort whether every loop that binds the same address gets its share of connections
  Future<Channel> listen(
      EventLoop loop,
      ListenerSocket socket,
      BindOptions binding,
      boolean reusePort,
      ChannelHandler acceptor) {
    Promise<Channel> done = loop.newPromise();
    var channel = newServerChannel(socket.address().isPipe());
    channel.pipeline().addLast(acceptor);
    loop.register(channel)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                bind(channel, socket, binding, reusePort, done);
              } else {
                done.setFailure(registered.cause());
              }
            });
    return done;
  }

  private void bind(
      Channel channel,
      ListenerSocket socket,
      BindOptions binding,
      boolean reusePort,
      Promise<Channel> done) {
    try {
      refuseAbstractName(socket.address());
      var config = channel.config();
      if (!socket.address().isPipe()) {
        config.setOption(reusePort(), reusePort);
        config.setOption(ChannelOption.SO_REUSEADDR, true);
      }
      if (binding.backlog() > 0) {
        config.setOption(ChannelOption.SO_BACKLOG, binding.backlog());
      }
      if (binding.acceptsPerEvent() > 0
          && config.getRecvByteBufAllocator() instanceof MaxMessagesRecvByteBufAllocator reads) {
        reads.maxMessagesPerRead(binding.acceptsPerEvent());
      }
      setOptions(channel, socket, false);
    } catch (RuntimeException refused) {
      fail(channel, refused, done);
      return;
    }
    channel
        .bind(socketAddress(socket.address()))
        .addListener(bound -> onBound(channel, socket, bound.cause(), done));
  }

  private void onBound(
      Channel channel, ListenerSocket socket, @Nullable Throwable failure, Promise<Channel> done) {
    if (failure != null) {
      fail(channel, failure, done);
      return;
    }
    try {
      setOptions(channel, socket, true);
      done.setSuccess(channel);
    } catch (RuntimeException refused) {
      fail(channel, refused, done);
    }
  }

  private static void fail(Channel channel, Throwable why, Promise<Channel> done) {
    channel.close().addListener(_ -> done.setFailure(why));
  }

  private void refuseAbstractName(HostPort address) {
    if (this != EPOLL && address.isPipe() && address.host().startsWith("@")) {
      throw new ChannelException("names that begin with @ need the native transport");
    }
  }

  private void setOptions(Channel channel, ListenerSocket socket, boolean listening) {
    for (var option : socket.options()) {
      if (option.listening() == listening) {
        set(channel, option.level(), option.name(), option.value());
      }
    }
  }

  private void set(Channel channel, int level, int number, ByteBuffer bytes) {
    var name = "socket option " + level + "/" + number;
    if (this != EPOLL) {
      throw new ChannelException(name + " needs the native transport");
    }
    var value = bytes.duplicate();
    var raw = new RawUnixChannelOption(name, level, number, value.remaining());
    try {
      channel.config().setOption(raw, value);
    } catch (ChannelException refused) {
      throw new ChannelException(name + " cannot be set: " + cause(refused), refused);
    }
  }

  private static String cause(Throwable failure) {
    var cause = failure.getCause();
    return String.valueOf((cause == null ? failure : cause).getMessage());
  }

  /// Sets what a connection gets that a listening socket has accepted.
  void prepare(Channel accepted, int bufferLimitBytes) {
    var config = accepted.config();
    config.setAllocator(ALLOCATOR);
    config.setWriteBufferWaterMark(waterMark(bufferLimitBytes));
    config.setOption(ChannelOption.TCP_NODELAY, true); // a pipe has none, and says so
  }

  /// Begins a resolver whose sockets are on that loop.
  DnsNameResolverBuilder resolverOn(EventLoop loop) {
    var template = new DnsNameResolverBuilder(loop);
    return switch (this) {
      case EPOLL ->
          template
              .datagramChannelType(EpollDatagramChannel.class)
              .socketChannelType(EpollSocketChannel.class);
      case NIO ->
          template
              .datagramChannelType(NioDatagramChannel.class)
              .socketChannelType(NioSocketChannel.class);
    };
  }

  /// Opens a socket on that loop that sends datagrams and reads none.
  Future<Channel> datagrams(EventLoop loop) {
    var opened = loop.<Channel>newPromise();
    new Bootstrap()
        .group(loop)
        .channel(this == EPOLL ? EpollDatagramChannel.class : NioDatagramChannel.class)
        .option(ChannelOption.ALLOCATOR, ALLOCATOR)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WAITING_DATAGRAMS)
        .handler(new ChannelInboundHandlerAdapter())
        .bind(0)
        .addListener(
            (ChannelFuture bound) -> {
              if (bound.isSuccess()) {
                opened.setSuccess(bound.channel());
              } else {
                opened.setFailure(bound.cause());
              }
            });
    return opened;
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
    var pipes =
        new Bootstrap()
            .group(loop)
            .channel(pipeChannel())
            .option(ChannelOption.ALLOCATOR, ALLOCATOR)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
            .disableResolver();
    return new Connector() {
      @Override
      public ChannelFuture connect(HostPort address, ChannelHandler handler, int bufferLimit) {
        return connect(address, UpstreamSockets.DEFAULT, handler, bufferLimit);
      }

      @Override
      public ChannelFuture connect(
          HostPort address, UpstreamSockets sockets, ChannelHandler handler, int bufferLimit) {
        var from = address.isPipe() ? pipes : template;
        return sockets.equals(UpstreamSockets.DEFAULT)
            ? Transport.this.connect(from, address, handler, bufferLimit)
            : connectFrom(sockets, from, address, handler, bufferLimit);
      }
    };
  }

  /// A setting that cannot be made fails the connection, as in Envoy.
  private ChannelFuture connectFrom(
      UpstreamSockets sockets,
      Bootstrap template,
      HostPort address,
      ChannelHandler handler,
      int bufferLimit) {
    var channel =
        template
            .clone()
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark(bufferLimit))
            .handler(handler)
            .register()
            .channel();
    try {
      for (var setting : sockets.settings(address)) {
        set(channel, setting.level(), setting.name(), setting.value());
      }
    } catch (RuntimeException refused) {
      channel.close();
      return channel.newFailedFuture(refused);
    }
    var source = sockets.towards(address);
    var refused = source == null ? null : bind(channel, source.address(), address);
    if (refused != null) {
      channel.close();
      return channel.newFailedFuture(refused);
    }
    return channel.connect(socketAddress(address));
  }

  /// Null if that was possible. A socket of the endpoint's family cannot have an address of the
  /// other one, though one that serves both would take it.
  private @Nullable BindException bind(Channel channel, HostPort source, HostPort endpoint) {
    if (source.ip().v6() != endpoint.ip().v6()) {
      return new BindException("Address family not supported by protocol");
    }
    var bound = channel.bind(socketAddress(source));
    if (bound.isSuccess()) {
      return null;
    }
    var why = String.valueOf(bound.cause() == null ? "not at once" : bound.cause().getMessage());
    return new BindException(why.substring(why.lastIndexOf(':') + 1).strip());
  }

  private ChannelFuture connect(
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
  private SocketAddress socketAddress(HostPort address) {
    if (address.isPipe()) {
      return pipeAddress(address.host());
    }
    var literal = NetUtil.createInetAddressFromIpAddressString(address.host());
    return literal == null
        ? InetSocketAddress.createUnresolved(address.host(), address.port())
        : new InetSocketAddress(literal, address.port());
  }

  /// A name of the abstract namespace, which begins with `@`, begins with a zero for the system.
  private SocketAddress pipeAddress(String path) {
    return switch (this) {
      case EPOLL -> new DomainSocketAddress(path.startsWith("@") ? "\0" + path.substring(1) : path);
      case NIO -> UnixDomainSocketAddress.of(path);
    };
  }
}
