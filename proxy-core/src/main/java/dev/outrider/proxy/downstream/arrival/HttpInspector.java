package dev.outrider.proxy.downstream.arrival;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;

/// Envoy's `http_inspector`: which version of HTTP a connection in plain text begins with. The line
/// that it looks at is not held to more than Envoy's inspector asks for.
final class HttpInspector implements ArrivalFilter {
  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

  /// Of a first line.
  private static final int MOST_BYTES = 64 << 10;

  private final StatCells stats;
  private int scanned;

  /// @param stats cells of [HttpInspectorStats]
  HttpInspector(StatCells stats) {
    this.stats = stats;
  }

  @Override
  public Outcome look(Arrival arrival, ByteBuf bytes) {
    if (arrival.isTls()) {
      return Outcome.DONE;
    }
    var length = bytes.readableBytes();
    if (length == 0) {
      return Outcome.MORE;
    }
    if (isPreface(bytes, Math.min(length, PREFACE.length))) {
      return length < PREFACE.length ? Outcome.MORE : found(arrival, "h2c");
    }
    if (!isTokenByte(bytes.getByte(bytes.readerIndex()))) {
      return notFound();
    }
    for (; scanned < length; scanned++) {
      var next = bytes.getByte(bytes.readerIndex() + scanned);
      if (next == '\r' || next == '\n') {
        return line(arrival, bytes.toString(bytes.readerIndex(), scanned, US_ASCII));
      }
    }
    return length < MOST_BYTES ? Outcome.MORE : notFound();
  }

  private static boolean isPreface(ByteBuf bytes, int length) {
    for (var i = 0; i < length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != PREFACE[i]) {
        return false;
      }
    }
    return true;
  }

  /// Method, target, and a version that may be missing.
  private Outcome line(Arrival arrival, String line) {
    var parts = line.split(" ", -1);
    if (parts.length < 2 || parts.length > 3 || parts[1].isEmpty() || !isToken(parts[0])) {
      return notFound();
    }
    if (parts.length == 2) {
      return found(arrival, "http/1.0");
    }
    if (!parts[2].matches("HTTP/[0-9]\\.[0-9]")) {
      return notFound();
    }
    return found(arrival, parts[2].equals("HTTP/1.1") ? "http/1.1" : "http/1.0");
  }

  private static boolean isToken(String text) {
    for (var i = 0; i < text.length(); i++) {
      if (!isTokenByte((byte) text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /// RFC 9110 5.6.2.
  private static boolean isTokenByte(byte b) {
    return (b >= '0' && b <= '9')
        || (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b > 0 && "!#$%&'*+-.^_`|~".indexOf(b) >= 0);
  }

  private Outcome found(Arrival arrival, String protocol) {
    stats.inc(
        switch (protocol) {
          case "h2c" -> HttpInspectorStats.HTTP2_FOUND;
          case "http/1.1" -> HttpInspectorStats.HTTP11_FOUND;
          default -> HttpInspectorStats.HTTP10_FOUND;
        });
    arrival.applicationProtocol(protocol);
    return Outcome.DONE;
  }

  private Outcome notFound() {
    stats.inc(HttpInspectorStats.NOT_FOUND);
    return Outcome.DONE;
  }
}
