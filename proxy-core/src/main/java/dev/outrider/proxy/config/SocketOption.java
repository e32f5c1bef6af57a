package dev.outrider.proxy.config;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// An option of a listening socket, by the numbers of the operating system (Envoy
/// `core.v3.SocketOption`).
///
/// @param level e.g. 1 for `SOL_SOCKET`
/// @param value as the system takes it. Lent: nobody writes to it or moves its position
/// @param listening set when the socket listens, otherwise before it is bound
public record SocketOption(int level, int name, ByteBuffer value, boolean listening) {
  private static final int SOL_IP = 0;
  private static final int SOL_TCP = 6;
  private static final int SOL_IPV6 = 41;
  private static final int IP_FREEBIND = 15;
  private static final int IP_TRANSPARENT = 19;
  private static final int IPV6_TRANSPARENT = 75;
  private static final int IPV6_FREEBIND = 78;
  private static final int TCP_FASTOPEN = 23;

  /// With a number of the system's `int`.
  public static SocketOption of(int level, int name, int value, boolean listening) {
    var bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    return new SocketOption(level, name, bytes.putInt(value).flip(), listening);
  }

  /// The socket may be bound to an address that is not there.
  public static SocketOption freebind(boolean v6) {
    return v6 ? of(SOL_IPV6, IPV6_FREEBIND, 1, false) : of(SOL_IP, IP_FREEBIND, 1, false);
  }

  /// The socket takes connections to any address that are redirected to it.
  public static SocketOption transparent(boolean v6) {
    return v6 ? of(SOL_IPV6, IPV6_TRANSPARENT, 1, false) : of(SOL_IP, IP_TRANSPARENT, 1, false);
  }

  /// How many clients may send data with their SYN at a time; 0 = none.
  public static SocketOption fastOpen(int queueLength) {
    return of(SOL_TCP, TCP_FASTOPEN, queueLength, true);
  }
}
