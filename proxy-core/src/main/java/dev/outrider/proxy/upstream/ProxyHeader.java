package dev.outrider.proxy.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.cluster.ClusterShared;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.cluster.ProxyTlv;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the PROXY header with which a connection to a service begins (the PROXY protocol,
/// versions 1 and 2).
///
/// @param ofEndpoint what the endpoint wants said, before what the cluster does
/// @param client on whose behalf it is; null = nobody's
record ProxyHeader(
    ProxyHeaderSpec spec, List<ProxyTlv> ofEndpoint, @Nullable ProxiedClient client) {
  private static final byte[] SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(US_ASCII);
  private static final int LOCAL = 0x20;
  private static final int ON_BEHALF_OF = 0x21;
  private static final int TCP4 = 0x11;
  private static final int TCP6 = 0x21;
  private static final int PORTS = 4;
  private static final int MOST_BYTES = 0xffff;

  /// Sends it on a channel that is connected, ahead of everything. Answers how many bytes that is.
  int send(Channel channel, ClusterShared shared) {
    var header = channel.alloc().buffer();
    if (spec.binary()) {
      binary(header, shared);
    } else {
      text(header, channel);
    }
    var length = header.readableBytes();
    channel.writeAndFlush(header, channel.voidPromise());
    return length;
  }

  // ---- version 1

  /// A connection on nobody's behalf has its own addresses there, as in Envoy.
  private void text(ByteBuf out, Channel channel) {
    var source = client == null ? address(channel.localAddress()) : client.source();
    var destination = client == null ? address(channel.remoteAddress()) : client.destination();
    var line =
        source == null || destination == null || source.isPipe() || destination.isPipe()
            ? "PROXY UNKNOWN\r\n"
            : "PROXY %s %s %s %d %d\r\n"
                .formatted(
                    source.host().indexOf(':') < 0 ? "TCP4" : "TCP6",
                    source.host(),
                    destination.host(),
                    source.port(),
                    destination.port());
    out.writeCharSequence(line, US_ASCII);
  }

  private static @Nullable HostPort address(Object socket) {
    return socket instanceof InetSocketAddress inet
        ? new HostPort(NetUtil.toAddressString(inet.getAddress()), inet.getPort())
        : null;
  }

  // ---- version 2

  private void binary(ByteBuf out, ClusterShared shared) {
    out.writeBytes(SIGNATURE);
    var source = client == null ? null : bytes(client.source());
    var destination = client == null ? null : bytes(client.destination());
    if (client == null || source == null || destination == null) {
      out.writeByte(LOCAL).writeByte(0).writeShort(0);
      return;
    }
    var v6 = source.length > 4 || destination.length > 4;
    var from = v6 ? wide(source) : source;
    var to = v6 ? wide(destination) : destination;
    var extensions = extensions(client.tlvs(), from.length + to.length + PORTS, shared);
    out.writeByte(ON_BEHALF_OF)
        .writeByte(v6 ? TCP6 : TCP4)
        .writeShort(from.length + to.length + PORTS + size(extensions))
        .writeBytes(from)
        .writeBytes(to)
        .writeShort(client.source().port())
        .writeShort(client.destination().port());
    for (var tlv : extensions) {
      out.writeByte(tlv.type()).writeShort(tlv.value().length).writeBytes(tlv.value());
    }
  }

  private static byte @Nullable [] bytes(HostPort address) {
    return address.isPipe() ? null : NetUtil.createByteArrayFromIpAddressString(address.host());
  }

  /// An address of IPv4 among those of IPv6 (RFC 4291 2.5.5.2).
  private static byte[] wide(byte[] address) {
    if (address.length > 4) {
      return address;
    }
    var wide = new byte[16];
    wide[10] = -1;
    wide[11] = -1;
    System.arraycopy(address, 0, wide, 12, 4);
    return wide;
  }

  /// What the endpoint says, then the cluster, then the client, each type by the first who has one.
  /// What finds no room is left out and counted.
  private List<ProxyTlv> extensions(
      List<ProxyTlv> ofClient, int addressBytes, ClusterShared shared) {
    var all = new ArrayList<ProxyTlv>();
    var known = new HashSet<Integer>();
    add(ofEndpoint, known, all);
    add(spec.added(), known, all);
    for (var tlv : ofClient) { // of whom a type may come twice
      if (spec.passed().takes(tlv.type()) && !known.contains(tlv.type())) {
        all.add(tlv);
      }
    }
    var room = MOST_BYTES - addressBytes;
    var fitting = new ArrayList<ProxyTlv>(all.size());
    for (var tlv : all) {
      room -= ProxyTlv.HEAD_BYTES + tlv.value().length;
      if (room < 0) {
        shared
            .stats(ProxyHeaderStats.TEMPLATE, ProxyHeaderStats.SUFFIX)
            .add(ProxyHeaderStats.TOO_LONG, 1);
        break;
      }
      fitting.add(tlv);
    }
    return fitting;
  }

  private static void add(List<ProxyTlv> more, HashSet<Integer> known, List<ProxyTlv> all) {
    for (var tlv : more) {
      if (known.add(tlv.type())) {
        all.add(tlv);
      }
    }
  }

  private static int size(List<ProxyTlv> tlvs) {
    var bytes = 0;
    for (var tlv : tlvs) {
      bytes += ProxyTlv.HEAD_BYTES + tlv.value().length;
    }
    return bytes;
  }
}
