package dev.outrider.proxy.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/// A socket in memory whose far end has room for so many bytes, takes part of a write if that is
/// all it has room for, and may break.
final class SimChannel extends EmbeddedChannel implements DuplexChannel {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private long room = Long.MAX_VALUE;
  private boolean broken;
  private boolean inputEnded;
  private boolean outputEnded;
  private boolean cutOff;

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

  /// The far end has nothing more to say.
  void endInput() {
    inputEnded = true;
    pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
  }

  boolean inputEnded() {
    return inputEnded;
  }

  /// Whether this end has said that it has nothing more to say.
  boolean outputEnded() {
    return outputEnded;
  }

  /// Whether something was written that could not leave before or behind the end of this direction.
  boolean cutOff() {
    return cutOff;
  }

  /// The far end wants to hear nothing more.
  void resetByPeer() {
    pipeline().fireExceptionCaught(new IOException("Connection reset by peer: sim"));
    closedByPeer();
  }

  /// The far end has closed: no handler is asked.
  void closedByPeer() {
    unsafe().close(voidPromise());
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    var waiting = unsafe().outboundBuffer();
    if (waiting == null) {
      return promise.setFailure(new ClosedChannelException());
    }
    outputEnded = true;
    try {
      waiting.forEachFlushedMessage(this::isCutOff);
    } catch (Exception impossible) {
      throw new AssertionError(impossible);
    }
    return promise.setSuccess();
  }

  private boolean isCutOff(Object message) {
    cutOff |= message instanceof ByteBuf bytes && bytes.isReadable();
    return !cutOff;
  }

  @Override
  public boolean isOutputShutdown() {
    return outputEnded;
  }

  @Override
  public boolean isInputShutdown() {
    return inputEnded;
  }

  @Override
  public boolean isShutdown() {
    return inputEnded && outputEnded;
  }

  @Override
  public ChannelFuture shutdownInput() {
    throw new UnsupportedOperationException();
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ChannelFuture shutdown() {
    throw new UnsupportedOperationException();
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    throw new UnsupportedOperationException();
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
      cutOff |= outputEnded && size > 0;
      written.writeBytes(copy);
      room -= room == Long.MAX_VALUE ? 0 : size;
      waiting.removeBytes(size);
    }
  }
}
