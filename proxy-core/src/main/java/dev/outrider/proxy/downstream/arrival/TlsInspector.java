package dev.outrider.proxy.downstream.arrival;

import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;

/// Envoy's `tls_inspector`: whether a connection begins with a ClientHello, and what that asks for.
final class TlsInspector implements ArrivalFilter {
  /// Of a ClientHello.
  private static final int MOST_BYTES = 64 << 10;

  private final ClientHelloReader reader = new ClientHelloReader();
  private final StatCells stats;
  private final boolean tlsOnly;

  /// @param stats cells of [TlsInspectorStats]
  /// @param tlsOnly whatever is not TLS is closed
  TlsInspector(StatCells stats, boolean tlsOnly) {
    this.stats = stats;
    this.tlsOnly = tlsOnly;
  }

  @Override
  public Outcome look(Arrival arrival, ByteBuf bytes) {
    var seen = Math.min(bytes.readableBytes(), MOST_BYTES);
    var result = reader.read(bytes.slice(bytes.readerIndex(), seen));
    return switch (result) {
      case ClientHelloReader.Result.Incomplete _ -> {
        if (seen < MOST_BYTES) {
          yield Outcome.MORE;
        }
        stats.inc(TlsInspectorStats.CLIENT_HELLO_TOO_LARGE);
        yield Outcome.CLOSE;
      }
      case ClientHelloReader.Result.None _ -> {
        stats.inc(TlsInspectorStats.TLS_NOT_FOUND);
        stats.record(TlsInspectorStats.BYTES_PROCESSED, seen);
        yield tlsOnly ? Outcome.CLOSE : Outcome.DONE;
      }
      case ClientHelloReader.Result.Found(var hello) -> {
        found(arrival, hello);
        stats.record(TlsInspectorStats.BYTES_PROCESSED, seen);
        yield Outcome.DONE;
      }
    };
  }

  private void found(Arrival arrival, ClientHello hello) {
    stats.inc(TlsInspectorStats.TLS_FOUND);
    stats.inc(
        hello.serverName().isEmpty()
            ? TlsInspectorStats.SNI_NOT_FOUND
            : TlsInspectorStats.SNI_FOUND);
    stats.inc(
        hello.applicationProtocols().isEmpty()
            ? TlsInspectorStats.ALPN_NOT_FOUND
            : TlsInspectorStats.ALPN_FOUND);
    arrival.tls(hello.serverName(), hello.applicationProtocols());
  }
}
