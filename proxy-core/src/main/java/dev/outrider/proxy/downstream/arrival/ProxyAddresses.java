package dev.outrider.proxy.downstream.arrival;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.ProxyTlv;
import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a PROXY header says about the two ends of a connection.
sealed interface ProxyAddresses {

  /// Nothing: the connection is the balancer's own.
  record Own() implements ProxyAddresses {}

  /// Both, as they are written in the header.
  ///
  /// @param tlvs what is said beside that
  record Named(HostPort source, HostPort destination, List<ProxyTlv> tlvs)
      implements ProxyAddresses {}

  /// It is not as it must be.
  record Broken() implements ProxyAddresses {}

  ProxyAddresses OWN = new Own();
  ProxyAddresses BROKEN = new Broken();

  /// Reads a line of version 1, which is given without its end.
  static ProxyAddresses text(String line) {
    var parts = line.split(" ", -1);
    if (parts.length < 2 || !parts[0].equals("PROXY")) {
      return BROKEN;
    }
    if (parts[1].equals("UNKNOWN")) {
      return OWN;
    }
    var v6 = parts[1].equals("TCP6");
    if (parts.length != 6 || (!v6 && !parts[1].equals("TCP4"))) {
      return BROKEN;
    }
    var source = address(parts[2], parts[4], v6);
    var destination = address(parts[3], parts[5], v6);
    return source == null || destination == null
        ? BROKEN
        : new Named(source, destination, List.of());
  }

  private static @Nullable HostPort address(String host, String port, boolean v6) {
    var good = v6 ? NetUtil.isValidIpV6Address(host) : NetUtil.isValidIpV4Address(host);
    if (!good || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
      return null;
    }
    var bytes = NetUtil.createByteArrayFromIpAddressString(host);
    return bytes == null ? null : unicast(bytes, Integer.parseInt(port));
  }

  /// The address as Envoy writes it; null if no host can have it.
  private static @Nullable HostPort unicast(byte[] address, int port) {
    var any = true;
    var all = true;
    for (var b : address) {
      any &= b == 0;
      all &= b == -1;
    }
    var multicast = address.length == 4 ? (address[0] & 0xf0) == 0xe0 : (address[0] & 0xff) == 0xff;
    if (any || multicast || (all && address.length == 4)) {
      return null;
    }
    return new HostPort(NetUtil.bytesToIpAddress(address), port);
  }

  /// Whether the four bytes after the signature of version 2 (version and command, family and
  /// transport, length) announce something that can be understood.
  static boolean isBinaryHead(ByteBuf head) {
    var command = head.getByte(0) & 0xf;
    if (head.getByte(0) >> 4 != 2 || command > 1) {
      return false;
    }
    return command == 0
        || (addressBytes(head) > 0 && addressBytes(head) <= head.getUnsignedShort(2));
  }

  /// 0 for what is neither TCP nor UDP over IP.
  private static int addressBytes(ByteBuf head) {
    var transport = head.getByte(1) & 0xf;
    if (transport != 1 && transport != 2) {
      return 0;
    }
    return switch (head.getByte(1) >> 4) {
      case 1 -> 12;
      case 2 -> 36;
      default -> 0;
    };
  }

  /// Reads a header of version 2 from its thirteenth byte on; its head is a good one.
  static ProxyAddresses binary(ByteBuf header) {
    if ((header.getByte(0) & 0xf) == 0) {
      return OWN;
    }
    var length = (addressBytes(header) - 4) / 2;
    header.skipBytes(4);
    var source = new byte[length];
    var destination = new byte[length];
    header.readBytes(source).readBytes(destination);
    var from = unicast(source, header.readUnsignedShort());
    var to = unicast(destination, header.readUnsignedShort());
    var tlvs = tlvs(header);
    return from == null || to == null || tlvs == null ? BROKEN : new Named(from, to, tlvs);
  }

  /// A type, a length, and as many bytes, over and over; null if they are not as long as they say.
  private static @Nullable List<ProxyTlv> tlvs(ByteBuf rest) {
    var tlvs = new ArrayList<ProxyTlv>();
    while (rest.isReadable()) {
      if (rest.readableBytes() < ProxyTlv.HEAD_BYTES) {
        return null;
      }
      var type = rest.readUnsignedByte();
      var length = rest.readUnsignedShort();
      if (length > rest.readableBytes()) {
        return null;
      }
      var value = new byte[length];
      rest.readBytes(value);
      tlvs.add(new ProxyTlv(type, value));
    }
    return tlvs;
  }
}
