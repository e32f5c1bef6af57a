package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.http.BodyBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// What is sent to the client, through the filters in reverse order. As in Envoy nobody can resume
/// it: what a filter stops is shown again, with what is sent next, from the last filter on.
final class WritePass {
  private final ConnectionFilters filters;
  private final BodyBuffer held;
  private boolean end;
  private boolean full;

  WritePass(ConnectionFilters filters, int bufferLimit) {
    this.filters = filters;
    this.held = new BodyBuffer(bufferLimit);
  }

  void take(ByteBuf chunk, boolean last) {
    held.append(chunk);
    end |= last;
    for (var place = filters.count() - 1; place >= 0; place--) {
      if (filters.filter(place).onWrite(held, end) == NetworkStatus.STOP || filters.closing()) {
        holdIfFull();
        return;
      }
    }
    passOn();
    holdIfFull();
  }

  private void passOn() {
    for (var chunk = held.poll(); chunk != null; chunk = held.poll()) {
      var last = end && held.isEmpty();
      filters.host().onWrite(chunk, last);
      if (last) {
        return;
      }
    }
    if (end) {
      filters.host().onWrite(Unpooled.EMPTY_BUFFER, true);
    }
  }

  private void holdIfFull() {
    if (full != held.overLimit()) {
      full = held.overLimit();
      filters.host().writesHeld(full);
    }
  }

  BodyBuffer held() {
    return held;
  }

  void close() {
    held.close();
  }
}
