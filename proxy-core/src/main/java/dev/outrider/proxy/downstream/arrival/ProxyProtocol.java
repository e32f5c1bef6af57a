package dev.outrider.proxy.downstream.arrival;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.config.ListenerFilter;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;

/// Envoy's `proxy_protocol`: takes the header away that a balancer has put before the client's
/// bytes, and the addresses that it gives (the PROXY protocol, versions 1 and 2).
final class ProxyProtocol implements ArrivalFilter {
  static final byte[] TEXT = "PROXY".getBytes(US_ASCII);
  static final byte[] BINARY = "\r\n\r\n\0\r\nQUIT\n".getBytes(US_ASCII);

  /// From here on it is clear which version it is.
  private static final int BINARY_HEAD = 16;

  /// With its line end.
  private static final int MOST_TEXT_BYTES = 108;

  private final ListenerFilter.ProxyProtocol config;
  private final StatCells stats;
  private final Counter errors;
  private int scanned = 2; // a line end alone is no header

  /// @param stats cells of [ProxyProtocolStats]
  /// @param errors of all such filters
  ProxyProtocol(ListenerFilter.ProxyProtocol config, StatCells stats, Counter errors) {
    this.config = config;
    this.stats = stats;
    this.errors = errors;
  }

  @Override
  public Outcome look(Arrival arrival, ByteBuf bytes) {
    var length = bytes.readableBytes();
    if (length == 0) {
      return Outcome.MORE;
    }
    var binary = startsWith(bytes, BINARY);
    if (config.optional()
        && !(config.v1() && startsWith(bytes, TEXT))
        && !(config.v2() && binary)) {
      stats.inc(ProxyProtocolStats.NOT_FOUND_ALLOWED);
      return Outcome.DONE;
    }
    if (binary) {
      return length < BINARY_HEAD ? Outcome.MORE : binary(arrival, bytes);
    }
    if (length >= BINARY_HEAD && !startsWith(bytes, TEXT)) {
      return notFound();
    }
    return text(arrival, bytes);
  }

  private static boolean startsWith(ByteBuf bytes, byte[] prefix) {
    var length = Math.min(bytes.readableBytes(), prefix.length);
    for (var i = 0; i < length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private Outcome notFound() {
    stats.inc(ProxyProtocolStats.NOT_FOUND_DISALLOWED);
    errors.inc();
    return Outcome.CLOSE;
  }

  // ---- version 1

  private Outcome text(Arrival arrival, ByteBuf bytes) {
    var from = bytes.readerIndex();
    var most = Math.min(bytes.readableBytes(), MOST_TEXT_BYTES);
    for (; scanned < most; scanned++) {
      if (bytes.getByte(from + scanned) == '\n' && bytes.getByte(from + scanned - 1) == '\r') {
        var line = bytes.toString(from, scanned - 1, US_ASCII);
        bytes.skipBytes(scanned + 1);
        return text(arrival, ProxyAddresses.text(line));
      }
    }
    return most < MOST_TEXT_BYTES ? Outcome.MORE : notFound();
  }

  private Outcome text(Arrival arrival, ProxyAddresses found) {
    if (!config.v1()) {
      return refused(ProxyProtocolStats.TEXT_DISALLOWED);
    }
    return take(arrival, found, ProxyProtocolStats.TEXT_FOUND, ProxyProtocolStats.TEXT_ERROR);
  }

  // ---- version 2

  private Outcome binary(Arrival arrival, ByteBuf bytes) {
    if (!config.v2()) {
      return refused(ProxyProtocolStats.BINARY_DISALLOWED);
    }
    var from = bytes.readerIndex();
    var length = bytes.getUnsignedShort(from + BINARY.length + 2);
    if (!ProxyAddresses.isBinaryHead(bytes.slice(from + BINARY.length, 4))) {
      return refused(ProxyProtocolStats.BINARY_ERROR);
    }
    if (bytes.readableBytes() < BINARY_HEAD + length) {
      return Outcome.MORE;
    }
    var found = ProxyAddresses.binary(bytes.slice(from + BINARY.length, 4 + length));
    bytes.skipBytes(BINARY_HEAD + length);
    return take(arrival, found, ProxyProtocolStats.BINARY_FOUND, ProxyProtocolStats.BINARY_ERROR);
  }

  // ---- what was found

  private Outcome take(Arrival arrival, ProxyAddresses found, int good, int bad) {
    return switch (found) {
      case ProxyAddresses.Broken _ -> refused(bad);
      case ProxyAddresses.Own _ -> {
        stats.inc(good);
        yield Outcome.DONE;
      }
      case ProxyAddresses.Named(var source, var destination, var tlvs) -> {
        stats.inc(good);
        arrival.tlvs(tlvs.stream().filter(tlv -> config.passed().takes(tlv.type())).toList());
        arrival.remote(source);
        if (!destination.equals(arrival.local())) {
          arrival.restoreLocal(destination);
        }
        yield Outcome.DONE;
      }
    };
  }

  private Outcome refused(int stat) {
    stats.inc(stat);
    errors.inc();
    return Outcome.CLOSE;
  }
}
