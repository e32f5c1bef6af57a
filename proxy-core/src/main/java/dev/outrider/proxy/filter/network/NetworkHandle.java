package dev.outrider.proxy.filter.network;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.StreamInfo;
import io.netty.buffer.ByteBuf;

/// What one network filter may do with its connection. Each filter has its own, valid until the
/// filter's [NetworkFilter#onClose] has returned; to be used on the connection's loop only.
///
/// As a [FlowControl] it stops reading from the client: for terminal filters, whose holds are not
/// kept apart from each other's. Effects (`resumeReading`, `close`) may be asked for at any time,
/// also inside a callback, and are carried out when no filter is on the stack; after the end of the
/// connection they do nothing.
public interface NetworkHandle extends FlowControl {
  Loop loop();

  /// Everything known about the connection: addresses, filter state, and what the access log will
  /// say. Of the protocol above it nothing is set.
  StreamInfo info();

  /// What came from the client and has not gone on. Borrowed until the next event.
  BodyBuffer unread();

  /// Whether what is [#unread] waits for this filter, which was shown it and has stopped it. What
  /// waits for a filter before this one is none of its business.
  boolean stopsReading();

  /// What is to be sent to the client and has not gone on. Borrowed until the next event.
  BodyBuffer unwritten();

  /// Has the filters behind this one see what it stopped. Does nothing unless this filter is the
  /// one that stopped.
  void resumeReading();

  /// Sends something to the client, through all filters. *Takes* the bytes, which may be empty if
  /// they are the end.
  void write(ByteBuf bytes, boolean end);

  /// False while the client takes no more, or while filters stop more than the buffer limit.
  boolean writable();

  /// Ends the connection; nothing is shown to any filter from now on. The first call counts.
  ///
  /// @param details for the access log: Envoy's local close reason
  void close(CloseMode mode, String details);
}
