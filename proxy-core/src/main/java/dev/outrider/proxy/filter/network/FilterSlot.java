package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.buffer.ByteBuf;

/// The handle of one filter of one connection.
final class FilterSlot implements NetworkHandle, SignalTarget {
  private static final NetworkFilter NOBODY = new NetworkFilter() {};
  private static final int RESUME = 0;
  private static final int CLOSE = 1;

  private final ConnectionFilters filters;
  private final int place;
  NetworkFilter filter = NOBODY;
  private int generation;
  private CloseMode mode = CloseMode.FLUSH;
  private String details = "";

  FilterSlot(ConnectionFilters filters, int place) {
    this.filters = filters;
    this.place = place;
  }

  /// Effects do nothing any more.
  void retire() {
    generation++;
  }

  private boolean retired() {
    return generation > 0;
  }

  @Override
  public Loop loop() {
    return filters.host().loop();
  }

  @Override
  public StreamInfo info() {
    return filters.host().info();
  }

  @Override
  public BodyBuffer unread() {
    return filters.unread();
  }

  @Override
  public boolean stopsReading() {
    return filters.stopsReading(place);
  }

  @Override
  public BodyBuffer unwritten() {
    return filters.unwritten();
  }

  @Override
  public void resumeReading() {
    if (!retired()) {
      loop().turn().post(this, RESUME);
    }
  }

  @Override
  public void write(ByteBuf bytes, boolean end) {
    filters.write(bytes, end);
  }

  @Override
  public boolean writable() {
    return filters.host().writable();
  }

  @Override
  public void close(CloseMode newMode, String newDetails) {
    if (!retired() && !filters.closing()) {
      filters.startClosing();
      mode = newMode;
      details = newDetails;
      loop().turn().post(this, CLOSE);
    }
  }

  @Override
  public void hold(Hold cause) {
    filters.host().reading().hold(cause);
  }

  @Override
  public void release(Hold cause) {
    filters.host().reading().release(cause);
  }

  @Override
  public int generation() {
    return generation;
  }

  @Override
  public void onSignal(int signal) {
    if (signal == RESUME) {
      filters.resume(place);
    } else {
      filters.host().close(mode, details);
    }
  }

  @Override
  public void onBug(Throwable bug) {
    filters.host().onBug(bug);
  }
}
