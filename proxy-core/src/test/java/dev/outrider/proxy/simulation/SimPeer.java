package dev.outrider.proxy.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// The far end of one of the proxy's channels: bytes on their way to the proxy, bytes that came
/// from it.
abstract class SimPeer {
  final EmbeddedChannel channel;
  final SplittableRandom random;
  final WireReader in = new WireReader();
  private final ByteBufAllocator allocator;
  private final StringBuilder out = new StringBuilder();
  private boolean closeWhenSent;
  private boolean writable = true;

  SimPeer(EmbeddedChannel channel, SplittableRandom random, ByteBufAllocator allocator) {
    this.channel = channel;
    this.random = random;
    this.allocator = allocator;
    channel.config().setAllocator(allocator);
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(500, 1_500));
  }

  void send(String bytes) {
    out.append(bytes);
  }

  void closeWhenSent() {
    closeWhenSent = true;
  }

  boolean hasBytesFor() {
    return !out.isEmpty() && channel.isOpen() && channel.config().isAutoRead();
  }

  /// A random part of what waits arrives at the proxy.
  void deliver() {
    if (hasBytesFor()) {
      var size =
          random.nextInt(3) == 0 ? out.length() : 1 + random.nextInt(Math.min(out.length(), 900));
      var bytes = out.substring(0, size).getBytes(StandardCharsets.ISO_8859_1);
      out.delete(0, size);
      channel.writeInbound(allocator.buffer(bytes.length).writeBytes(bytes));
    }
    if (out.isEmpty() && closeWhenSent) {
      reset();
    }
  }

  void reset() {
    if (channel.isOpen()) {
      channel.close();
    }
  }

  /// The socket towards this peer fills up, or has room again.
  void flipWritability() {
    writable(!writable);
  }

  void writable(boolean now) {
    var buffer = channel.unsafe().outboundBuffer();
    if (now != writable && buffer != null) {
      writable = now;
      buffer.setUserDefinedWritability(1, now);
    }
  }

  /// Takes what the proxy has written.
  void collect() {
    channel.runPendingTasks();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      var copy = new byte[bytes.readableBytes()];
      bytes.readBytes(copy);
      bytes.release();
      in.add(copy);
    }
    onBytes();
  }

  abstract void onBytes();
}
