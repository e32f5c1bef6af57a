package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.Hold;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// What the client sends, through the filters in configured order. There is one buffer for all of
/// them, as in Envoy: what one filter stops is shown again, with what comes next, from the first
/// filter on.
final class ReadPass {
  private static final int NOBODY = -1;

  private final ConnectionFilters filters;
  private final BodyBuffer held;
  private boolean end;
  private boolean endGone;

  /// How many filters know of the connection.
  private int told;

  private int stoppedBy = NOBODY;

  ReadPass(ConnectionFilters filters, int bufferLimit) {
    this.filters = filters;
    this.held = new BodyBuffer(bufferLimit);
  }

  void start() {
    run(0);
  }

  void take(ByteBuf chunk, boolean last) {
    held.append(chunk);
    end |= last;
    run(0);
  }

  void resume(int place) {
    if (stoppedBy == place) {
      run(place + 1);
    }
  }

  private void run(int from) {
    stoppedBy = NOBODY;
    for (var place = from; place < filters.count(); place++) {
      if (tell(place) == NetworkStatus.STOP
          || filters.closing()
          || show(place) == NetworkStatus.STOP
          || filters.closing()) {
        stoppedBy = place;
        holdIfFull();
        return;
      }
    }
    passOn();
    holdIfFull();
  }

  private NetworkStatus tell(int place) {
    if (place < told) {
      return NetworkStatus.CONTINUE;
    }
    told = place + 1;
    return filters.filter(place).onNewConnection();
  }

  private NetworkStatus show(int place) {
    return held.isEmpty() && !endWaits()
        ? NetworkStatus.CONTINUE
        : filters.filter(place).onData(held, end);
  }

  private boolean endWaits() {
    return end && !endGone;
  }

  private void passOn() {
    for (var chunk = held.poll(); chunk != null; chunk = held.poll()) {
      var last = endWaits() && held.isEmpty();
      endGone |= last;
      filters.host().onRead(chunk, last);
      if (filters.closing()) {
        return;
      }
    }
    if (endWaits()) {
      endGone = true;
      filters.host().onRead(Unpooled.EMPTY_BUFFER, true);
    }
  }

  /// The client is held back while more is stopped than the limit; what is on its way still comes.
  private void holdIfFull() {
    if (held.overLimit()) {
      filters.host().reading().hold(Hold.FILTER);
    } else {
      filters.host().reading().release(Hold.FILTER);
    }
  }

  boolean stoppedBy(int place) {
    return stoppedBy == place;
  }

  BodyBuffer held() {
    return held;
  }

  void close() {
    held.close();
  }
}
