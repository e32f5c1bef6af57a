package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.buffer.ByteBuf;

/// The connection around its filters. On the connection's loop.
public interface NetworkHost {
  Loop loop();

  StreamInfo info();

  /// Stops reading from the client.
  FlowControl reading();

  /// Behind the last filter: bytes for what the chain ends in. *Takes* the chunk.
  void onRead(ByteBuf chunk, boolean end);

  /// In front of the first filter: bytes for the client. *Takes* the chunk.
  void onWrite(ByteBuf chunk, boolean end);

  /// Filters stop more, or no longer more, of what is to be sent than the buffer limit.
  void writesHeld(boolean held);

  boolean writable();

  /// Nobody is on the stack.
  void close(CloseMode mode, String details);

  /// A filter threw.
  void onBug(Throwable bug);
}
