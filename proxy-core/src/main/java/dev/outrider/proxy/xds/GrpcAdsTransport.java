package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DynamicSources.Protocol;
import dev.outrider.proxy.loop.Loop;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/// Discovery streams over gRPC-Java. Its callbacks only hop to the main loop.
public final class GrpcAdsTransport implements AdsTransport {
  /// More than any control plane sends at once; gRPC's own default of 4 MiB is less than a large
  /// CDS answer.
  private static final int MAX_MESSAGE_BYTES = 256 << 20;

  private final Loop loop;
  private final HostPort address;
  private final String authority;

  /// Streams in plain text.
  ///
  /// @param authority what the control plane sees as `:authority`; Envoy sends the cluster name
  public GrpcAdsTransport(Loop loop, HostPort address, String authority) {
    this.loop = loop;
    this.address = address;
    this.authority = authority;
  }

  /// A channel per stream: one that failed before would delay or refuse the next call by its own
  /// back-off, and the pause between streams is the client's to choose.
  @Override
  public Call open(Protocol protocol, Receiver receiver) {
    loop.assertOnLoop();
    var channel =
        builder()
            .usePlaintext()
            .overrideAuthority(authority)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .disableRetry()
            .directExecutor()
            .build();
    var call = channel.newCall(AdsMethod.of(protocol), CallOptions.DEFAULT);
    var stream = new Stream(channel, call, receiver);
    call.start(stream, new Metadata());
    call.request(1);
    return stream;
  }

  private NettyChannelBuilder builder() {
    return address.isPipe()
        ? Pipes.builder(address.host())
        : NettyChannelBuilder.forAddress(new InetSocketAddress(address.host(), address.port()));
  }

  /// Channels to control planes on this machine, as a node agent offers them. Made when the first
  /// one is asked for; its thread lives as long as the process.
  private static final class Pipes {
    private static final EventLoopGroup LOOP =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("ads-pipe", true),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());

    static NettyChannelBuilder builder(String path) {
      return Epoll.isAvailable()
          ? on(new DomainSocketAddress(path.startsWith("@") ? "\0" + path.substring(1) : path))
              .channelType(EpollDomainSocketChannel.class)
          : on(UnixDomainSocketAddress.of(path)).channelType(NioDomainSocketChannel.class);
    }

    private static NettyChannelBuilder on(SocketAddress address) {
      return NettyChannelBuilder.forAddress(address).eventLoopGroup(LOOP);
    }
  }

  /// One stream. `over` belongs to the main loop.
  private final class Stream extends ClientCall.Listener<byte[]> implements Call {
    private final ManagedChannel channel;
    private final ClientCall<byte[], byte[]> call;
    private final Receiver receiver;
    private boolean over;

    Stream(ManagedChannel channel, ClientCall<byte[], byte[]> call, Receiver receiver) {
      this.channel = channel;
      this.call = call;
      this.receiver = receiver;
    }

    @Override
    public void send(byte[] request) {
      loop.assertOnLoop();
      if (!over) {
        call.sendMessage(request);
      }
    }

    @Override
    public void cancel() {
      loop.assertOnLoop();
      if (!over) {
        over = true;
        call.cancel("no longer needed", null);
        channel.shutdownNow();
      }
    }

    @Override
    public void onReady() {
      loop.execute(
          () -> {
            if (!over) {
              receiver.onReady();
            }
          });
    }

    @Override
    public void onMessage(byte[] message) {
      loop.execute(
          () -> {
            if (!over) {
              receiver.onMessage(message);
              call.request(1);
            }
          });
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      loop.execute(
          () -> {
            if (!over) {
              over = true;
              channel.shutdownNow();
              receiver.onEnd(new End(status.getCode().value(), reason(status)));
            }
          });
    }

    private static String reason(Status status) {
      var description = status.getDescription();
      var cause = status.getCause();
      if (cause != null && cause.getMessage() != null) {
        return description == null ? cause.getMessage() : description + ": " + cause.getMessage();
      }
      return description == null ? "" : description;
    }
  }
}
