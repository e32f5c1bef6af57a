package dev.outrider.proxy.downstream;

import dev.outrider.proxy.cluster.HostPort;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Addresses as the operating system gives them, written as people do (RFC 5952: `::1`).
final class SocketAddresses {
  private static final HostPort UNKNOWN = new HostPort("0.0.0.0", 0);

  /// `SO_ORIGINAL_DST` of `SOL_IP`: a `sockaddr_in`.
  private static final RawUnixChannelOption ORIGINAL_V4 =
      new RawUnixChannelOption("SO_ORIGINAL_DST", 0, 80, 16);

  /// `IP6T_SO_ORIGINAL_DST` of `SOL_IPV6`: a `sockaddr_in6`.
  private static final RawUnixChannelOption ORIGINAL_V6 =
      new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", 41, 80, 28);

  private SocketAddresses() {}

  /// Where a client has connected to. A connection of a pipe does not know its own path.
  static HostPort local(Channel channel) {
    var pipe = pipe(channel.parent());
    return pipe == null ? of(channel.localAddress()) : pipe;
  }

  /// Who has connected; over a pipe, whose clients have no address, the pipe, as in Envoy.
  static HostPort remote(Channel channel) {
    var pipe = pipe(channel.parent());
    return pipe == null ? of(channel.remoteAddress()) : pipe;
  }

  private static @Nullable HostPort pipe(@Nullable Channel parent) {
    if (parent == null || !isPipe(parent.localAddress())) {
      return null;
    }
    var named = parent.attr(Listener.PIPE).get();
    return named == null ? of(parent.localAddress()) : named;
  }

  private static boolean isPipe(@Nullable SocketAddress address) {
    return address instanceof DomainSocketAddress || address instanceof UnixDomainSocketAddress;
  }

  private static HostPort of(@Nullable SocketAddress address) {
    return switch (address) {
      case InetSocketAddress inet ->
          new HostPort(NetUtil.bytesToIpAddress(inet.getAddress().getAddress()), inet.getPort());
      case DomainSocketAddress pipe -> HostPort.pipe(pipe.path().replace('\0', '@'));
      case UnixDomainSocketAddress pipe -> HostPort.pipe(pipe.getPath().toString());
      case null, default -> UNKNOWN;
    };
  }

  /// Where a redirected connection was to go; null if it was not redirected, or the transport
  /// cannot tell.
  static @Nullable HostPort originalDestination(Channel channel) {
    var v4 = read(channel, ORIGINAL_V4);
    if (v4 != null) {
      return address(v4, 4, new byte[4]);
    }
    var v6 = read(channel, ORIGINAL_V6);
    return v6 == null ? null : address(v6, 8, new byte[16]);
  }

  private static @Nullable ByteBuffer read(Channel channel, RawUnixChannelOption option) {
    try {
      return channel.config().getOption(option);
    } catch (ChannelException _) { // the kernel knows of no other destination
      return null;
    }
  }

  private static HostPort address(ByteBuffer structure, int at, byte[] host) {
    var port = structure.order(ByteOrder.BIG_ENDIAN).getShort(2) & 0xffff;
    structure.get(at, host);
    return new HostPort(NetUtil.bytesToIpAddress(host), port);
  }
}
