package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.http.BodyBuffer;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/// The filters of one connection and the two passes through them. Owned by the connection, on its
/// loop.
public final class ConnectionFilters {
  private final NetworkHost host;
  private final List<FilterSlot> slots;
  private final ReadPass reading;
  private final WritePass writing;
  private boolean closing;

  /// @param bufferLimit how many bytes filters may stop in one direction before the sender is held
  public ConnectionFilters(NetworkHost host, int bufferLimit) {
    this.host = host;
    this.slots = new ArrayList<>(2);
    this.reading = new ReadPass(this, bufferLimit);
    this.writing = new WritePass(this, bufferLimit);
  }

  /// In configured order, before [#start].
  public void add(WorkerNetworkFilterFactory factory) {
    var slot = new FilterSlot(this, slots.size());
    var filter = factory.create(slot);
    if (filter != null) {
      slot.filter = filter;
      slots.add(slot);
    }
  }

  /// Tells the filters of the connection.
  public void start() {
    reading.start();
  }

  /// The client has sent something, or ended. *Takes* the chunk.
  public void onRead(ByteBuf chunk, boolean end) {
    if (closing) {
      chunk.release();
    } else {
      reading.take(chunk, end);
    }
  }

  /// Something is to be sent to the client. *Takes* the chunk.
  public void write(ByteBuf chunk, boolean end) {
    if (closing) {
      chunk.release();
    } else {
      writing.take(chunk, end);
    }
  }

  public void onWritable(boolean writable) {
    if (!closing) {
      slots.forEach(slot -> slot.filter.onWritable(writable));
    }
  }

  /// Whether a filter has asked for the end: from then on nobody is shown anything.
  public boolean closing() {
    return closing;
  }

  /// The connection is over: tells the filters, once, and releases what they stopped.
  public void end(ConnectionEnd how) {
    closing = true;
    slots.forEach(FilterSlot::retire);
    slots.forEach(slot -> slot.filter.onClose(how));
    reading.close();
    writing.close();
  }

  void startClosing() {
    closing = true;
  }

  NetworkHost host() {
    return host;
  }

  int count() {
    return slots.size();
  }

  NetworkFilter filter(int place) {
    return slots.get(place).filter;
  }

  void resume(int place) {
    if (!closing) {
      reading.resume(place);
    }
  }

  boolean stopsReading(int place) {
    return reading.stoppedBy(place);
  }

  BodyBuffer unread() {
    return reading.held();
  }

  BodyBuffer unwritten() {
    return writing.held();
  }
}
