package dev.outrider.proxy.downstream.arrival;

import io.netty.buffer.ByteBuf;

/// Envoy's `original_dst`: where a redirected connection was to go.
final class OriginalDst implements ArrivalFilter {
  @Override
  public Outcome look(Arrival arrival, ByteBuf bytes) {
    var meant = arrival.originalDestination();
    if (meant != null) {
      arrival.restoreLocal(meant);
    }
    return Outcome.DONE;
  }
}
