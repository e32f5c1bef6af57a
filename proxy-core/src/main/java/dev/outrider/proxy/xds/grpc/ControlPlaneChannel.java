package dev.outrider.proxy.xds.grpc;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.DiscoveryService.Call;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A channel of gRPC to the first endpoint of a static cluster, connected, secured and kept alive
/// as the cluster says.
public final class ControlPlaneChannel {
  private ControlPlaneChannel() {}

  /// Null as long as secrets of the cluster have not come.
  ///
  /// @param cluster with at least one static endpoint
  public static @Nullable ManagedChannel open(Cluster cluster, Call call) {
    var endpoint = endpoint(cluster);
    var builder = builder(endpoint.address());
    var tls = cluster.tls();
    if (tls == null) {
      builder.usePlaintext();
    } else {
      var context = ClusterSslContext.of(tls, endpoint);
      if (context == null) {
        return null;
      }
      builder.sslContext(context);
    }
    var keepalive = cluster.http().http2().keepalive();
    if (keepalive.intervalMillis() > 0) { // gRPC makes less than 10 s of it 10 s
      builder
          .keepAliveTime(keepalive.intervalMillis(), TimeUnit.MILLISECONDS)
          .keepAliveTimeout(keepalive.timeoutMillis(), TimeUnit.MILLISECONDS);
    }
    return builder
        .withOption(
            ChannelOption.CONNECT_TIMEOUT_MILLIS,
            (int) Math.min(Integer.MAX_VALUE, cluster.connections().connectTimeout().toMillis()))
        .overrideAuthority(
            call.authority().isEmpty() ? cluster.name() : call.authority()) // as Envoy
        .maxInboundMessageSize(call.maxMessageBytes())
        .disableRetry()
        .directExecutor()
        .build();
  }

  private static EndpointSpec endpoint(Cluster cluster) {
    if (cluster.discovery() instanceof Discovery.Static(var assignment)
        && !assignment.endpoints().isEmpty()) {
      return assignment.endpoints().getFirst();
    }
    throw new IllegalArgumentException("checked before: " + cluster.name() + " has an endpoint");
  }

  private static NettyChannelBuilder builder(HostPort address) {
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
}
