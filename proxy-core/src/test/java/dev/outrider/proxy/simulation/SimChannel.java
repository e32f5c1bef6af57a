package dev.outrider.proxy.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/// A socket in memory whose far end has room for so many bytes, takes part of a write if that is
/// all it has room for, and may break.
final class SimChannel extends EmbeddedChannel {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private long room = Long.MAX_VALUE;
  private boolean broken;

  /// What has been written since this was asked last.
  byte[] takeWritten() {
    var bytes = written.toByteArray();
    written.reset();
    return bytes;
  }

  /// The far end takes that many bytes more, and no others.
  void room(long bytes) {
    room = bytes;
    var waiting = unsafe().outboundBuffer();
    if (waiting != null && !broken) {
      transmit(waiting);
    }
  }

  /// Every write fails from now on.
  void breakWrites() {
    broken = true;
    if (isOpen()) {
      flush();
    }
  }

  boolean broken() {
    return broken;
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer waiting) throws IOException {
    if (broken) {
      throw new IOException("Broken pipe: sim");
    }
    transmit(waiting);
  }

  private void transmit(ChannelOutboundBuffer waiting) {
    while (waiting.current() instanceof ByteBuf bytes && (room > 0 || !bytes.isReadable())) {
      var size = (int) Math.min(room, bytes.readableBytes());
      var copy = new byte[size];
      bytes.getBytes(bytes.readerIndex(), copy);
      written.writeBytes(copy);
      room -= room == Long.MAX_VALUE ? 0 : size;
      waiting.removeBytes(size);
    }
  }
}
