package dev.outrider.proxy.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A transport address without a socket type: an IP literal or name with a port, or the path of a
/// pipe.
///
/// Its text is made at its first use and kept, since it appears in every access log line.
/// Immutable, any thread.
public final class HostPort {
  private static final int PIPE = -1;

  private final String host;
  private final int port;
  // Whoever asks for one of these at the same time as another makes an equal one.
  private @Nullable String text;
  private volatile byte @Nullable [] textBytes;
  private @Nullable IpAddress ip;

  /// @param host without brackets, also for IPv6
  /// @param port 0..65535
  public HostPort(String host, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port of " + host + " must be in 0..65535, is " + port);
    }
    this.host = host;
    this.port = port;
  }

  private HostPort(String path) {
    this.host = path;
    this.port = PIPE;
  }

  /// The address of a Unix domain socket.
  public static HostPort pipe(String path) {
    return new HostPort(path);
  }

  /// The IP or name without brackets; the path of a pipe.
  public String host() {
    return host;
  }

  /// 0 for a pipe.
  public int port() {
    return Math.max(port, 0);
  }

  public boolean isPipe() {
    return port == PIPE;
  }

  /// Whether the configuration decides all of it: a port of 0 leaves the choice to the system.
  public boolean isFixed() {
    return port != 0;
  }

  /// The host as numbers. Not for names and pipes.
  public IpAddress ip() {
    var known = ip;
    if (known == null) {
      known = Objects.requireNonNull(IpAddress.parse(host), host);
      ip = known;
    }
    return known;
  }

  /// As Envoy writes it: `127.0.0.1:80`, `[::1]:80`, `/run/app.sock`.
  public String text() {
    var known = text;
    if (known == null) {
      known = isPipe() ? host : (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
      text = known;
    }
    return known;
  }

  /// The bytes of [#text()]. Lent: nobody writes to them.
  public byte[] textBytes() {
    var known = textBytes;
    if (known == null) {
      known = text().getBytes(StandardCharsets.UTF_8);
      textBytes = known;
    }
    return known;
  }

  /// How Envoy names a listener on this address in statistics: `127.0.0.1_80`, `[__1]_80`.
  public String statName() {
    return text().replace(':', '_');
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HostPort that && port == that.port && host.equals(that.host);
  }

  @Override
  public int hashCode() {
    return host.hashCode() * 31 + port;
  }

  @Override
  public String toString() {
    return text();
  }
}
