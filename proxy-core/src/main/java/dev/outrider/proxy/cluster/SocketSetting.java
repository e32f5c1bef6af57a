package dev.outrider.proxy.cluster;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// An option of a connection's socket, by the numbers of the operating system (Envoy
/// `core.v3.SocketOption`). Set before the socket is bound.
///
/// @param level e.g. 1 for `SOL_SOCKET`
/// @param value as the system takes it. Lent: nobody writes to it or moves its position
public record SocketSetting(int level, int name, ByteBuffer value) {
  private static final int SOL_IP = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SOL_TCP = 6;
  private static final int SOL_IPV6 = 41;
  private static final int SO_KEEPALIVE = 9;
  private static final int IP_FREEBIND = 15;
  private static final int IPV6_FREEBIND = 78;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_KEEPCNT = 6;

  /// With a number of the system's `int`.
  public static SocketSetting of(int level, int name, int value) {
    var bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    return new SocketSetting(level, name, bytes.putInt(value).flip());
  }

  /// Whether the socket may be bound to an address that is not there.
  public static SocketSetting freebind(boolean v6, boolean allowed) {
    return v6
        ? of(SOL_IPV6, IPV6_FREEBIND, allowed ? 1 : 0)
        : of(SOL_IP, IP_FREEBIND, allowed ? 1 : 0);
  }

  /// The system asks a silent peer whether it is still there.
  public static SocketSetting keepalive() {
    return of(SOL_SOCKET, SO_KEEPALIVE, 1);
  }

  /// How long a peer is silent before it is asked.
  public static SocketSetting keepaliveTime(int seconds) {
    return of(SOL_TCP, TCP_KEEPIDLE, seconds);
  }

  public static SocketSetting keepaliveInterval(int seconds) {
    return of(SOL_TCP, TCP_KEEPINTVL, seconds);
  }

  /// How often it is asked before it counts as gone.
  public static SocketSetting keepaliveProbes(int count) {
    return of(SOL_TCP, TCP_KEEPCNT, count);
  }
}
